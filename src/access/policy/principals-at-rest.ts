/**
 * Principals in stored policies. Users and roles are kept by their unique ids, so that one who is made later under the same
 * name inherits nothing; whoever reads the policy sees names, and the bare id of one who is gone. All else in the text stays as
 * it was written. AWS: "AWS JSON policy elements: Principal", on unique ids.
 */
import type { PrincipalDirectory } from '../directory.ts';
import type { PolicyDocument, PolicyKind } from './document.ts';
import { compiledPolicy } from './compiled-policies.ts';
import { invalidPrincipal, parsePolicy } from './grammar.ts';
import { isAccountId, isUniqueId, rootArn } from './principals.ts';
import type { PrincipalName } from './principals.ts';

type ByPolicy = Extract<PolicyKind, 'key' | 'trust'>;

/**
 * The text as it is stored.
 * @throws PolicyError for what is no policy, and for principals that do not exist
 */
export function storedPolicy(text: string, kind: ByPolicy, directory: PrincipalDirectory): string {
  const document = parsePolicy(text, kind);
  return replaced(text, document, (principal) => {
    const stored = storedName(principal.name, directory);
    if (stored === undefined) throw invalidPrincipal('AWS', principal.name, principal.at, kind);
    return stored;
  });
}

/** The text as it is shown. */
export function shownPolicy(stored: string, kind: ByPolicy, directory: PrincipalDirectory): string {
  return replaced(stored, compiledPolicy(stored, kind), ({ name }) => shownName(name, directory));
}

/** The document's text with the names of its AWS principals replaced where they stand. */
function replaced(
  text: string,
  document: PolicyDocument,
  name: (principal: PrincipalName) => string,
): string {
  const principals = document.statements
    .flatMap(({ principals }) => principals?.written ?? [])
    .filter(({ type }) => type === 'AWS')
    .sort((a, b) => a.start - b.start);
  let result = '';
  let from = 0;
  for (const principal of principals) {
    const replacement = name(principal);
    if (replacement === principal.name) continue;
    result += text.slice(from, principal.start) + JSON.stringify(replacement);
    from = principal.end;
  }
  return result + text.slice(from);
}

const SESSION = /^arn:aws:sts::(\d{12}):(assumed-role|federated-user)\/([^/]+)(?:\/(.+))?$/;

/** undefined: there is no such principal. */
function storedName(name: string, directory: PrincipalDirectory): string | undefined {
  if (name === '*') return name;
  if (isAccountId(name)) return directory.isAccount(name) ? name : undefined;
  if (isUniqueId(name)) return directory.arnOf(name.split(':')[0] as string) === undefined ? undefined : name;
  const session = SESSION.exec(name);
  if (session !== null) return storedSession(name, session, directory);
  const accountId = name.split(':')[4] as string;
  if (name === rootArn(accountId)) return directory.isAccount(accountId) ? name : undefined;
  return directory.uniqueIdOf(name);
}

/**
 * A session is kept by its role's id and its own name. Its ARN does not have the role's path: where the role is not found
 * without one, the session is kept by its ARN.
 */
function storedSession(
  name: string,
  [, accountId = '', kind, role, session]: RegExpExecArray,
  directory: PrincipalDirectory,
): string | undefined {
  if (!directory.isAccount(accountId)) return undefined;
  if (kind === 'federated-user') return name;
  const roleId = directory.uniqueIdOf(`arn:aws:iam::${accountId}:role/${role}`);
  return roleId === undefined ? name : `${roleId}:${session}`;
}

function shownName(name: string, directory: PrincipalDirectory): string {
  if (!isUniqueId(name)) return name;
  const [id = '', session] = name.split(':');
  const arn = directory.arnOf(id);
  if (arn === undefined) return name;
  if (session === undefined) return arn;
  const [, accountId = '', role = ''] = /^arn:aws:iam::(\d{12}):role\/(?:.*\/)?([^/]+)$/.exec(arn) ?? [];
  return `arn:aws:sts::${accountId}:assumed-role/${role}/${session}`;
}
