/**
 * What is refused when a policy document is put. The first look only: JSON of the right elements. Evaluation is the
 * business of access/. AWS: "Grammar of the IAM JSON policy language".
 */
import { malformedPolicy } from './errors.ts';

type Json = Record<string, unknown>;

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
const VERSIONS: readonly unknown[] = ['2012-10-17', '2008-10-17', undefined];

/** A policy of a user, group, role or session: who is meant is not said in it. @throws ApiError MalformedPolicyDocumentException */
export function requireIdentityPolicy(document: string): void {
  for (const statement of statementsOf(document)) {
    if ('Principal' in statement || 'NotPrincipal' in statement)
      throw malformedPolicy('Policy document should not specify a principal.');
    requireActions(statement);
    if (!('Resource' in statement) && !('NotResource' in statement))
      throw malformedPolicy('Policy statement must contain resources.');
    requireStrings(statement, 'Resource');
    requireStrings(statement, 'NotResource');
  }
}

/** Who may become a role: the role itself is the resource. @throws ApiError MalformedPolicyDocumentException */
export function requireTrustPolicy(document: string): void {
  for (const statement of statementsOf(document)) {
    if ('Resource' in statement || 'NotResource' in statement)
      throw malformedPolicy('Has prohibited field Resource');
    if (!('Principal' in statement) && !('NotPrincipal' in statement))
      throw malformedPolicy('Missing required field Principal');
    requireActions(statement);
  }
}

/** The statements of a document that was accepted. @throws ApiError MalformedPolicyDocumentException */
export function statementsOf(document: string): Json[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(document);
  } catch {
    throw malformedPolicy('This policy contains invalid Json');
  }
  if (!isObject(parsed)) throw malformedPolicy('Syntax errors in policy.');
  for (const element of Object.keys(parsed)) {
    if (!DOCUMENT_ELEMENTS.has(element)) throw malformedPolicy(`Syntax error: unknown element ${element}.`);
  }
  if (!VERSIONS.includes(parsed['Version'])) throw malformedPolicy('The policy has an unsupported Version.');
  const { Statement } = parsed;
  const statements = Array.isArray(Statement) ? (Statement as unknown[]) : [Statement];
  if (statements.length === 0) throw malformedPolicy('Syntax errors in policy.');
  return statements.map(requireStatement);
}

function requireStatement(value: unknown): Json {
  if (!isObject(value)) throw malformedPolicy('Syntax errors in policy.');
  for (const element of Object.keys(value)) {
    if (!STATEMENT_ELEMENTS.has(element)) throw malformedPolicy(`Syntax error: unknown element ${element}.`);
  }
  const { Effect, Sid, Condition } = value;
  if (Effect !== 'Allow' && Effect !== 'Deny') throw malformedPolicy('Syntax errors in policy.');
  if (Sid !== undefined && typeof Sid !== 'string') throw malformedPolicy('Syntax errors in policy.');
  if (Condition !== undefined && !isObject(Condition)) throw malformedPolicy('Syntax errors in policy.');
  return value;
}

function requireActions(statement: Json): void {
  if (!('Action' in statement) && !('NotAction' in statement))
    throw malformedPolicy('Policy statement must contain actions.');
  for (const element of ['Action', 'NotAction']) {
    for (const action of requireStrings(statement, element)) {
      if (action === '*' || /^[A-Za-z0-9-]+:[A-Za-z0-9*?]+$/.test(action)) continue;
      throw malformedPolicy('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
    }
  }
}

function requireStrings(statement: Json, element: string): string[] {
  const value = statement[element];
  if (value === undefined) return [];
  const strings = Array.isArray(value) ? (value as unknown[]) : [value];
  if (strings.length > 0 && strings.every((item): item is string => typeof item === 'string')) return strings;
  throw malformedPolicy('Syntax errors in policy.');
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
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
