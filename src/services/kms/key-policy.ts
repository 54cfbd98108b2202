/**
 * Key policy documents: the default one, and what is refused when one is put. Evaluation is the business of access/.
 * AWS: "Default key policy", "Creating a key policy".
 */
import type { Limits } from '../../configuration/limits.ts';
import { limitExceeded, malformedPolicy } from './errors.ts';

export const POLICY_NAME = 'default';

/** As AWS writes it for keys that the API made without a policy. */
export function defaultKeyPolicy(accountId: string): string {
  return `{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : "arn:aws:iam::${accountId}:root"
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`;
}

const DOCUMENT_ELEMENTS = new Set(['Version', 'Id', 'Statement']);
const STATEMENT_ELEMENTS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);

interface Statement {
  Effect?: unknown;
  Principal?: unknown;
  Action?: unknown;
  Condition?: unknown;
}

/**
 * Refuses documents that are no key policies, and those that would lock the account's root user out.
 * @throws ApiError MalformedPolicyDocumentException, LimitExceededException
 */
export function requireValidPolicy(
  policy: string,
  accountId: string,
  options: { limits: Limits; bypassLockoutCheck: boolean },
): void {
  if (Buffer.byteLength(policy) > options.limits.policyBytes) {
    throw limitExceeded(`The key policy is longer than ${options.limits.policyBytes} bytes.`);
  }
  const statements = parseStatements(policy);
  for (const statement of statements) requirePrincipals(statement.Principal, accountId);
  if (options.bypassLockoutCheck || statements.some((s) => letsRootPutPolicy(s, accountId))) return;
  throw malformedPolicy('The new key policy will not allow you to update the key policy in the future.');
}

function parseStatements(policy: string): Statement[] {
  let document: unknown;
  try {
    document = JSON.parse(policy);
  } catch {
    throw malformedPolicy('The policy is not valid JSON.');
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) throw malformedPolicy();
  for (const element of Object.keys(document)) if (!DOCUMENT_ELEMENTS.has(element)) throw malformedPolicy();
  const { Version, Statement } = document as { Version?: unknown; Statement?: unknown };
  if (Version !== undefined && Version !== '2012-10-17' && Version !== '2008-10-17') throw malformedPolicy();
  const statements: unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  if (statements.length === 0) throw malformedPolicy();
  return statements.map(requireStatement);
}

function requireStatement(value: unknown): Statement {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformedPolicy();
  const statement = value as Statement & Record<string, unknown>;
  for (const element of Object.keys(statement)) if (!STATEMENT_ELEMENTS.has(element)) throw malformedPolicy();
  if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') throw malformedPolicy();
  if (statement.Principal === undefined && statement['NotPrincipal'] === undefined) throw malformedPolicy();
  if (statement['NotPrincipal'] !== undefined && statement.Effect === 'Allow') throw malformedPolicy();
  return statement;
}

/** Until IAM has users and roles, the account's root is the only principal of an account that exists. */
function requirePrincipals(principal: unknown, accountId: string): void {
  for (const name of awsPrincipals(principal)) {
    const ownAccount = name === accountId || name.startsWith(`arn:aws:iam::${accountId}:`);
    const exists = name === '*' || name === accountId || name === `arn:aws:iam::${accountId}:root`;
    const valid =
      /^\d{12}$/.test(name) ||
      /^arn:aws:(iam|sts)::\d{12}:(root|user\/|role\/|assumed-role\/|federated-user\/)/.test(name);
    if (!exists && (ownAccount || !valid)) {
      throw malformedPolicy('Policy contains a statement with one or more invalid principals.');
    }
  }
}

function awsPrincipals(principal: unknown): string[] {
  if (principal === '*') return ['*'];
  if (typeof principal !== 'object' || principal === null) return [];
  return strings((principal as { AWS?: unknown }).AWS);
}

function letsRootPutPolicy(statement: Statement, accountId: string): boolean {
  const principals = awsPrincipals(statement.Principal);
  const root = [accountId, `arn:aws:iam::${accountId}:root`, '*'];
  return (
    statement.Effect === 'Allow' &&
    statement.Condition === undefined &&
    principals.some((name) => root.includes(name)) &&
    strings(statement.Action).some((action) => matchesAction(action, 'kms:PutKeyPolicy'))
  );
}

function matchesAction(pattern: string, action: string): boolean {
  const expression = pattern
    .toLowerCase()
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${expression}$`).test(action.toLowerCase());
}

function strings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}
