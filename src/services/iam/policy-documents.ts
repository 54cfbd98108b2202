/**
 * What is refused when a policy document is put: what the grammar of access/ does not know.
 * AWS: "Grammar of the IAM JSON policy language".
 */
import type { PolicyKind } from '../../access/policy/document.ts';
import { parsePolicy } from '../../access/policy/grammar.ts';
import { PolicyError } from '../../access/policy/policy-error.ts';
import { malformedPolicy } from './errors.ts';

/** A policy of a user, group, role or session: who is meant is not said in it. @throws ApiError MalformedPolicyDocumentException */
export function requireIdentityPolicy(document: string): void {
  parse(document, 'identity');
}

/**
 * Who may become a role: the role itself is the resource.
 * @returns the names of its AWS principals: ARNs, unique ids, accounts, `*`
 * @throws ApiError MalformedPolicyDocumentException
 */
export function requireTrustPolicy(document: string): string[] {
  const principals = parse(document, 'trust').statements.flatMap(
    ({ principals }) => principals?.written ?? [],
  );
  return principals.filter(({ type }) => type === 'AWS').map(({ name }) => name);
}

function parse(document: string, kind: PolicyKind): ReturnType<typeof parsePolicy> {
  try {
    return parsePolicy(document, kind);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const vague = error.text === 'Syntax errors in policy.';
    throw malformedPolicy(vague ? error.message : error.text);
  }
}

/** As AWS counts: without white space. */
export function policySize(document: string): number {
  return document.replace(/\s/g, '').length;
}

/** As IAM answers documents: percent-encoded (RFC 3986). */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
