/** Inline policies of users, groups and roles. */
import { putEntity } from './changes.ts';
import { inlinePolicyNotFound, inlineTooLarge } from './errors.ts';
import { requireHolder, requireOwnHolder } from './holders.ts';
import type { HolderKind } from './holders.ts';
import type { IamCall } from './operation.ts';
import { pageOf } from './pages.ts';
import type { PageInput } from './pages.ts';
import { encodeDocument, policySize, requireIdentityPolicy } from './policy-documents.ts';
import { POLICY_SIZES } from './quotas.ts';

/** @throws ApiError NoSuchEntityException, MalformedPolicyDocumentException, LimitExceededException */
export async function putInlinePolicy(
  call: IamCall,
  kind: HolderKind,
  name: string,
  policy: { PolicyName: string; PolicyDocument: string },
): Promise<void> {
  const holder = requireOwnHolder(call, kind, name);
  requireIdentityPolicy(policy.PolicyDocument);
  const inline = { ...holder.inline, [policy.PolicyName]: policy.PolicyDocument };
  const size = Object.values(inline).reduce((sum, document) => sum + policySize(document), 0);
  if (size > POLICY_SIZES[kind]) throw inlineTooLarge(kind, name, POLICY_SIZES[kind]);
  await putEntity(call, { ...holder, inline });
}

/** The document, percent-encoded. @throws ApiError NoSuchEntityException */
export function getInlinePolicy(call: IamCall, kind: HolderKind, name: string, policyName: string): string {
  const { inline } = requireHolder(call, kind, name);
  if (!Object.hasOwn(inline, policyName)) throw inlinePolicyNotFound(kind, policyName);
  return encodeDocument(inline[policyName] as string);
}

/** @throws ApiError NoSuchEntityException */
export async function deleteInlinePolicy(
  call: IamCall,
  kind: HolderKind,
  name: string,
  policyName: string,
): Promise<void> {
  const holder = requireOwnHolder(call, kind, name);
  if (!Object.hasOwn(holder.inline, policyName)) throw inlinePolicyNotFound(kind, policyName);
  const { [policyName]: _deleted, ...inline } = holder.inline;
  await putEntity(call, { ...holder, inline });
}

/** @throws ApiError NoSuchEntityException */
export function listInlinePolicies(call: IamCall, kind: HolderKind, name: string, input: PageInput) {
  const holder = requireHolder(call, kind, name);
  const names = Object.keys(holder.inline).sort();
  const { items, page } = pageOf(['inline', holder.id], input, names, (policyName) => policyName);
  return { PolicyNames: items, ...page };
}
