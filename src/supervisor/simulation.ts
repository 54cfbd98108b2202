/** What the server's policy simulator says, for the command line: the request to IAM, and its answer read from XML. */
import { callKms } from './api-client.ts';
import { callIam } from './query-client.ts';
import type { Endpoint } from './signed-post.ts';

export interface SimulationQuery {
  principalArn: string;
  action: string;
  resource: string;
  /** Condition keys and their values. */
  context: ReadonlyMap<string, readonly string[]>;
}

export interface SimulationAnswer {
  decision: string;
  /** Statements with line and column of begin and end; a grant has none. */
  statements: { policy: string; policyType: string; start: string; end: string }[];
  /** By kind of policy. */
  details: Record<string, string>;
  missingContext: string[];
  /** The resource has rules of its own, and the asker may not read them, so that they had no say. */
  unknown: 'key' | 'role' | undefined;
}

/** @throws Error naming the error of the API */
export async function askSimulator(endpoint: Endpoint, query: SimulationQuery): Promise<SimulationAnswer> {
  const rules = (await keyRules(endpoint, query)) ?? (await trustRules(endpoint, query));
  const parameters: Record<string, string> = {
    PolicySourceArn: query.principalArn,
    'ActionNames.member.1': query.action,
    'ResourceArns.member.1': query.resource,
    ...(typeof rules === 'object' && {
      ResourcePolicy: rules.policy,
      ResourceOwner: `arn:aws:iam::${query.resource.split(':')[4]}:root`,
      CallerArn: query.principalArn,
    }),
  };
  const grants: [string, readonly string[]][] =
    typeof rules === 'object' && rules.grants.length > 0 ? [['claviger:Grant', rules.grants]] : [];
  [...query.context, ...grants].forEach(([name, values], index) => {
    const entry = `ContextEntries.member.${index + 1}`;
    parameters[`${entry}.ContextKeyName`] = name;
    parameters[`${entry}.ContextKeyType`] = values.length === 1 ? 'string' : 'stringList';
    values.forEach((value, at) => (parameters[`${entry}.ContextKeyValues.member.${at + 1}`] = value));
  });
  const answer = readAnswer(await callIam(endpoint, 'SimulatePrincipalPolicy', parameters));
  return { ...answer, unknown: typeof rules === 'string' ? rules : undefined };
}

interface ResourceRules {
  /** A key policy, or a role's trust policy. */
  policy: string;
  /** JSON of entries of ListGrants. */
  grants: string[];
}

/**
 * A key's policy and grants decide beside the principal's own policies; they are read as the operator, in the key's Region.
 * @returns `key` when the operator may not read them; undefined for what is no key
 */
async function keyRules(
  endpoint: Endpoint,
  query: SimulationQuery,
): Promise<ResourceRules | 'key' | undefined> {
  const { resource: KeyId, action } = query;
  const region = /^arn:aws:kms:([^:]+):\d{12}:key\//.exec(KeyId)?.[1];
  if (region === undefined) return undefined;
  const there = { ...endpoint, region };
  try {
    const { Policy = '' } = (await callKms(there, 'GetKeyPolicy', { KeyId })) as { Policy?: string };
    return { policy: Policy, grants: await grantsFor(there, KeyId, action.replace(/^kms:/i, '')) };
  } catch (error) {
    if ((error as Error).message.endsWith('AccessDeniedException')) return 'key';
    throw error;
  }
}

/**
 * Who may become a role is for its trust policy to say.
 * @returns `role` when the operator may not read it, or the role is of another account; undefined where no role is to be assumed
 */
async function trustRules(
  endpoint: Endpoint,
  { resource, action }: SimulationQuery,
): Promise<ResourceRules | 'role' | undefined> {
  const RoleName = /^arn:aws:iam::\d{12}:role\/(?:.*\/)?([^/]+)$/.exec(resource)?.[1];
  if (RoleName === undefined || !/^sts:/i.test(action)) return undefined;
  try {
    const role = await callIam(endpoint, 'GetRole', { RoleName });
    if (text(role, 'Arn') !== resource) return 'role';
    return { policy: decodeURIComponent(text(role, 'AssumeRolePolicyDocument')), grants: [] };
  } catch (error) {
    if (/^GetRole: (?:AccessDenied|NoSuchEntity)\b/.test((error as Error).message)) return 'role';
    throw error;
  }
}

/** Those of the key's grants that are about the operation. */
async function grantsFor(endpoint: Endpoint, KeyId: string, operation: string): Promise<string[]> {
  const found: string[] = [];
  let marker: string | undefined;
  do {
    const input = { KeyId, ...(marker !== undefined && { Marker: marker }) };
    const page = (await callKms(endpoint, 'ListGrants', input)) as {
      Grants?: { Operations?: string[] }[];
      NextMarker?: string;
    };
    const about = (page.Grants ?? []).filter(({ Operations }) => Operations?.includes(operation) === true);
    found.push(...about.map((grant) => JSON.stringify(grant)));
    marker = page.NextMarker;
  } while (marker !== undefined);
  return found;
}

/** The first (and only) EvaluationResult. AWS: API_EvaluationResult. */
export function readAnswer(xml: string): Omit<SimulationAnswer, 'unknown'> {
  const result = inside(inside(xml, 'EvaluationResults'), 'member');
  return {
    decision: text(result, 'EvalDecision'),
    statements: members(inside(result, 'MatchedStatements')).map((statement) => ({
      policy: text(statement, 'SourcePolicyId'),
      policyType: text(statement, 'SourcePolicyType'),
      start: place(inside(statement, 'StartPosition')),
      end: place(inside(statement, 'EndPosition')),
    })),
    details: Object.fromEntries(
      [...inside(result, 'EvalDecisionDetails').matchAll(/<entry>(.*?)<\/entry>/gs)].map(([, entry = '']) => [
        text(entry, 'key'),
        text(entry, 'value'),
      ]),
    ),
    missingContext: members(inside(result, 'MissingContextValues')).map(decoded),
  };
}

const place = (position: string): string =>
  position === '' ? '' : `${text(position, 'Line')}:${text(position, 'Column')}`;

/** What is between an element's first tag and its own end; '' when there is none. Elements of one name may be nested. */
function inside(xml: string, name: string): string {
  const tags = new RegExp(`<(/?)${name}(/?)>`, 'g');
  let depth = 0;
  let from = -1;
  for (const match of xml.matchAll(tags)) {
    const [tag, closes, empty] = match;
    if (empty === '/') {
      if (depth === 0) return '';
      continue;
    }
    if (closes === '/') depth -= 1;
    else {
      if (depth === 0) from = match.index + tag.length;
      depth += 1;
    }
    if (depth === 0) return xml.slice(from, match.index);
  }
  return '';
}

function members(xml: string): string[] {
  const found: string[] = [];
  let rest = xml;
  for (let at = rest.indexOf('<member>'); at >= 0; at = rest.indexOf('<member>')) {
    rest = rest.slice(at);
    const content = inside(rest, 'member');
    found.push(content);
    rest = rest.slice('<member>'.length + content.length + '</member>'.length);
  }
  return found;
}

const text = (xml: string, name: string): string => decoded(inside(xml, name));

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };

function decoded(xml: string): string {
  return xml.replace(
    /&(?:#(\d+)|#x([0-9a-fA-F]+)|(\w+));/g,
    (whole, decimal?: string, hex?: string, name?: string) => {
      if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
      return ENTITIES[name ?? ''] ?? whole;
    },
  );
}
