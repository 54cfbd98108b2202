/**
 * What is refused when a policy document is put: what the grammar of access/ does not know.
 * AWS: "Grammar of the IAM JSON policy language".
 */
import { parsePolicy } from '../../access/policy/grammar.ts';
import { PolicyError } from '../../access/policy/policy-error.ts';
import { malformedPolicy } from './errors.ts';

/** A policy of a user, group, role or session: who is meant is not said in it. @throws ApiError MalformedPolicyDocumentException */
export function requireIdentityPolicy(document: string): void {
  malformedUnless(() => parsePolicy(document, 'identity'));
}

/** What `read` gives. @throws ApiError MalformedPolicyDocumentException for its PolicyError */
export function malformedUnless<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const vague = error.text === 'Syntax errors in policy.';
    throw malformedPolicy(vague ? error.message : error.text);
  }
}

/** White space is free up to this part of a document: all of it is kept. */
const BLANK_PART = 7 / 8;
const BLANK = /\s/;

/** As AWS counts: without white space, unless there is hardly anything else. */
export function policySize(document: string): number {
  let size = 0;
  for (const character of document) if (!BLANK.test(character)) size += character.length;
  return Math.max(size, Math.floor(document.length * (1 - BLANK_PART)));
}

/** As IAM answers documents: percent-encoded (RFC 3986). */
export function encodeDocument(document: string): string {
  return encodeURIComponent(document).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
