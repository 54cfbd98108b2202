/**
 * The grammar of policy documents, closed: what it does not know is refused, so that no rule is passed over because somebody
 * misspelt it. Texts are those of AWS IAM and KMS. AWS: "Grammar of the IAM JSON policy language".
 */
import type { PolicyDocument, PolicyKind, Statement } from './document.ts';
import { compileActions, compileResources } from './elements.ts';
import type { WrittenText } from './elements.ts';
import { compileCondition } from './conditions.ts';
import type { Condition, Effect } from './conditions.ts';
import { parseJsonTree } from './json-tree.ts';
import type { JsonMember, JsonNode, JsonObject, Position } from './json-tree.ts';
import { isKnownKmsKey } from './kms-condition-keys.ts';
import { parseOperator } from './operators.ts';
import { PolicyError } from './policy-error.ts';
import { isAwsPrincipal, principalElement } from './principals.ts';
import type { PrincipalElement, PrincipalName } from './principals.ts';

interface KindRules {
  principals: 'required' | 'forbidden';
  actions: 'required' | 'optional';
  resources: 'required' | 'optional' | 'forbidden';
  /** IAM takes the newest version only where a policy belongs to an identity. */
  newestVersion: boolean;
  /** Sids are letters and digits, each once. */
  strictSids: boolean;
}

const IDENTITY: KindRules = {
  principals: 'forbidden',
  actions: 'required',
  resources: 'required',
  newestVersion: true,
  strictSids: true,
};

const RULES: Readonly<Record<PolicyKind, KindRules>> = {
  key: {
    principals: 'required',
    actions: 'optional',
    resources: 'optional',
    newestVersion: false,
    strictSids: false,
  },
  identity: IDENTITY,
  boundary: IDENTITY,
  session: IDENTITY,
  trust: {
    principals: 'required',
    actions: 'required',
    resources: 'forbidden',
    newestVersion: false,
    strictSids: true,
  },
};

const DOCUMENT_ELEMENTS = ['Version', 'Id', 'Statement'];
const STATEMENT_ELEMENTS = [
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
];

const NEWEST_VERSION = '2012-10-17';
const OLD_VERSION = '2008-10-17';

const syntax = (at: Position, detail?: string): PolicyError =>
  new PolicyError('Syntax errors in policy.', at, detail);

/** @throws PolicyError */
export function parsePolicy(text: string, kind: PolicyKind): PolicyDocument {
  const root = requireObject(parseJsonTree(text));
  const members = elementsOf(root, DOCUMENT_ELEMENTS);
  const rules = RULES[kind];
  const version = versionOf(members.get('Version'), rules);
  const id = members.get('Id');
  if (id !== undefined) requireString(id.value);
  const statement = members.get('Statement');
  if (statement === undefined) throw syntax(root.at, 'it has no Statement');
  const nodes = statement.value.kind === 'array' ? statement.value.items : [statement.value];
  if (nodes.length === 0) throw syntax(statement.value.at, 'it has no statements');
  const statements = nodes.map((node, index) => statementOf(node, index, { kind, rules, version }));
  if (rules.strictSids) requireUniqueSids(statements);
  return { kind, version, statements, keys: keysOf(statements) };
}

interface Setting {
  readonly kind: PolicyKind;
  readonly rules: KindRules;
  readonly version: PolicyDocument['version'];
}

function versionOf(member: JsonMember | undefined, rules: KindRules): PolicyDocument['version'] {
  const version = member === undefined ? OLD_VERSION : requireString(member.value);
  if (version !== NEWEST_VERSION && version !== OLD_VERSION) {
    throw syntax((member as JsonMember).value.at, `there is no Version "${version}"`);
  }
  if (rules.newestVersion && version !== NEWEST_VERSION) {
    throw new PolicyError('Policy document must be version 2012-10-17 or greater.', member?.at);
  }
  return version;
}

function statementOf(node: JsonNode, index: number, setting: Setting): Statement {
  const object = requireObject(node);
  const members = elementsOf(object, STATEMENT_ELEMENTS);
  const { rules, kind, version } = setting;
  const effect = effectOf(object, members.get('Effect'));
  const actions = oneOf(object, members, 'Action', 'NotAction');
  const resources = oneOf(object, members, 'Resource', 'NotResource');
  if (actions === undefined && rules.actions === 'required') {
    throw new PolicyError('Policy statement must contain actions.', object.at);
  }
  if (resources === undefined && rules.resources === 'required') {
    throw new PolicyError('Policy statement must contain resources.', object.at);
  }
  if (resources !== undefined && rules.resources === 'forbidden') {
    throw new PolicyError('Has prohibited field Resource', resources.member.at);
  }
  const variables = version === NEWEST_VERSION;
  const sid = members.get('Sid');
  return {
    index,
    sid: sid === undefined ? undefined : sidOf(sid, rules),
    effect,
    at: object.at,
    until: object.until,
    principals: principalsOf(object, members, effect, setting),
    actions: actions && compileActions(actions.negated, textsOf(actions.member.value), kind),
    resources:
      resources &&
      compileResources(resources.negated, textsOf(resources.member.value), { kind, effect, variables }),
    conditions: conditionsOf(members.get('Condition'), { kind, effect, variables }),
  };
}

function effectOf(statement: JsonObject, member: JsonMember | undefined): Effect {
  if (member === undefined) throw syntax(statement.at, 'a statement has no Effect');
  const effect = requireString(member.value);
  if (effect === 'Allow' || effect === 'Deny') return effect;
  throw syntax(member.value.at, `there is no Effect "${effect}"`);
}

function sidOf(member: JsonMember, { strictSids }: KindRules): string {
  const sid = requireString(member.value);
  if (strictSids && !/^[0-9A-Za-z]*$/.test(sid)) {
    throw new PolicyError(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
      member.value.at,
    );
  }
  return sid;
}

function requireUniqueSids(statements: readonly Statement[]): void {
  const seen = new Set<string>();
  for (const { sid, at } of statements) {
    if (sid === undefined || sid === '') continue;
    if (seen.has(sid)) throw new PolicyError('Statement IDs (SID) in a single policy must be unique.', at);
    seen.add(sid);
  }
}

function principalsOf(
  statement: JsonObject,
  members: ReadonlyMap<string, JsonMember>,
  effect: Effect,
  { rules, kind }: Setting,
): PrincipalElement | undefined {
  const found = oneOf(statement, members, 'Principal', 'NotPrincipal');
  if (found === undefined) {
    if (rules.principals === 'required') {
      throw new PolicyError('Missing required field Principal', statement.at);
    }
    return undefined;
  }
  const { negated, member } = found;
  if (rules.principals === 'forbidden') {
    throw new PolicyError('Policy document should not specify a principal.', member.at);
  }
  if (negated && (kind === 'trust' || effect === 'Allow')) {
    throw syntax(member.at, 'NotPrincipal with Allow would let in everyone else');
  }
  return principalElement(negated, principalNames(member.value, kind));
}

function principalNames(node: JsonNode, kind: PolicyKind): PrincipalName[] {
  if (node.kind === 'string') {
    if (node.text !== '*') throw invalidPrincipal('AWS', node.text, node.at, kind);
    return [{ ...node, type: 'AWS', name: node.text }];
  }
  const { members } = requireObject(node);
  if (members.length === 0) throw syntax(node.at, 'it names no principal');
  return members.flatMap(({ name: type, at, value }) => {
    if (type !== 'AWS' && type !== 'Service' && type !== 'Federated') {
      throw invalidPrincipal(type, value.kind === 'string' ? value.text : '', at, kind);
    }
    return textsOf(value).map((text): PrincipalName => {
      const valid = type === 'AWS' ? isAwsPrincipal(text.text) : /^[\w./:@-]+$/.test(text.text);
      if (!valid) throw invalidPrincipal(type, text.text, text.at, kind);
      return { type, name: text.text, at: text.at, start: text.start, end: text.end };
    });
  });
}

/** In the words of IAM for a role's trust policy, and of KMS for a key policy. */
export function invalidPrincipal(type: string, name: string, at: Position, kind: PolicyKind): PolicyError {
  return kind === 'trust'
    ? new PolicyError(`Invalid principal in policy: "${type}":"${name}"`, at)
    : new PolicyError(
        'Policy contains a statement with one or more invalid principals.',
        at,
        `"${name}" is none`,
      );
}

function conditionsOf(
  member: JsonMember | undefined,
  setting: { kind: PolicyKind; effect: Effect; variables: boolean },
): Condition[] {
  if (member === undefined) return [];
  return requireObject(member.value).members.flatMap(({ name: written, at, value }) => {
    const use = parseOperator(written);
    if (use === undefined) throw syntax(at, `there is no condition operator "${written}"`);
    return requireObject(value).members.map(({ name: key, at, value }) => {
      requireConditionKey(key, at, setting.kind);
      if (use.set === 'ForAllValues') requireMultiValued(key, at);
      const values = valuesOf(value);
      return compileCondition({ ...setting, written, use, key, values, at });
    });
  });
}

function requireConditionKey(key: string, at: Position, kind: PolicyKind): void {
  if (!/^[A-Za-z0-9.-]+(?:\/[^:]*)?:[^\s:][^\u0000-\u001f]*$/.test(key))
    throw syntax(at, `"${key}" is no condition key`);
  if (kind === 'key' && /^kms:/i.test(key) && !isKnownKmsKey(key)) {
    throw syntax(at, `KMS has no condition key "${key}"`);
  }
}

/** AWS: "Troubleshooting key access", OverlyPermissiveCondition. @throws PolicyError */
function requireMultiValued(key: string, at: Position): void {
  const what = /^kms:encryptioncontext:/i.test(key)
    ? 'encryption context'
    : /^aws:requesttag\//i.test(key)
      ? 'tag'
      : undefined;
  if (what === undefined) return;
  throw new PolicyError(
    'OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key matches requests ' +
      `without the specified ${what} or with an unspecified ${what}. To fix, remove ForAllValues.`,
    at,
  );
}

function keysOf(statements: readonly Statement[]): ReadonlySet<string> {
  const keys = new Set<string>();
  for (const { conditions, resources } of statements) {
    for (const key of conditions.flatMap((condition) => condition.keys)) keys.add(key);
    for (const key of resources?.keys ?? []) keys.add(key);
  }
  return keys;
}

function elementsOf(object: JsonObject, known: readonly string[]): Map<string, JsonMember> {
  for (const { name, at } of object.members) {
    if (!known.includes(name)) throw syntax(at, `there is no element "${name}"`);
  }
  return new Map(object.members.map((member) => [member.name, member]));
}

/** The one of an element and its negation that a statement has. */
function oneOf(
  statement: JsonObject,
  members: ReadonlyMap<string, JsonMember>,
  name: string,
  negation: string,
): { negated: boolean; member: JsonMember } | undefined {
  const plain = members.get(name);
  const negated = members.get(negation);
  if (plain !== undefined && negated !== undefined) {
    throw syntax(statement.at, `a statement has ${name} and ${negation}`);
  }
  const member = plain ?? negated;
  return member && { negated: member === negated, member };
}

function requireObject(node: JsonNode): JsonObject {
  if (node.kind !== 'object') throw syntax(node.at, 'an object should stand here');
  return node;
}

function requireString(node: JsonNode): string {
  if (node.kind !== 'string') throw syntax(node.at, 'a text should stand here');
  return node.text;
}

/** A text, or a list of at least one. */
function textsOf(node: JsonNode): WrittenText[] {
  const nodes = node.kind === 'array' ? node.items : [node];
  if (nodes.length === 0) throw syntax(node.at, 'the list is empty');
  return nodes.map((item) => {
    const text = requireString(item);
    return { text, at: item.at, start: item.start, end: item.end };
  });
}

/** Values of a condition may be written as numbers and booleans too. */
function valuesOf(node: JsonNode): { text: string; at: Position }[] {
  const nodes = node.kind === 'array' ? node.items : [node];
  return nodes.map((item) => {
    if (item.kind === 'object' || item.kind === 'array' || item.kind === 'null') {
      throw syntax(item.at, 'a value should stand here');
    }
    return { text: item.text, at: item.at };
  });
}
