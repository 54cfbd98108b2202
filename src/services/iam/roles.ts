/** Trust policies of roles as requests bring them. */
import { limitExceeded, malformedPolicy } from './errors.ts';
import type { IamCall } from './operation.ts';
import { policySize, requireTrustPolicy } from './policy-documents.ts';
import { POLICY_SIZES } from './quotas.ts';

/**
 * A trust policy that can be put: every principal of an account of this installation that it names is there.
 * @throws ApiError MalformedPolicyDocumentException, LimitExceededException
 */
export function requireTrust(call: IamCall, document: string): void {
  const principals = requireTrustPolicy(document);
  if (policySize(document) > POLICY_SIZES.trust)
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${POLICY_SIZES.trust}`);
  for (const name of principals) {
    if (!isPrincipal(call, name)) throw malformedPolicy(`Invalid principal in policy: "AWS":"${name}"`);
  }
}

function isPrincipal({ ports }: IamCall, name: string): boolean {
  if (name === '*' || /^\d{12}$/.test(name)) return true;
  const match = /^arn:aws:(iam|sts)::(\d{12}):(root$|user\/|role\/|assumed-role\/|federated-user\/)/.exec(
    name,
  );
  if (match === null) return false;
  const [, service, account = '', kind] = match;
  if (service === 'sts' || kind === 'root' || !ports.principals.isAccount(account)) return true;
  return ports.principals.uniqueIdOf(name) !== undefined;
}

/** The trust policy of a service-linked role. */
export function serviceTrust(service: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });
}
