/** What the server's policy simulator says, for the command line: the request to IAM, and its answer read from XML. */
import { callKms } from './api-client.ts';
import type { Endpoint } from './api-client.ts';
import { callIam } from './query-client.ts';

export interface SimulationQuery {
  principalArn: string;
  action: string;
  resource: string;
  /** Condition keys and their values. */
  context: ReadonlyMap<string, readonly string[]>;
}

export interface SimulationAnswer {
  decision: string;
  statements: { policy: string; policyType: string; start: string; end: string }[];
  /** By kind of policy. */
  details: Record<string, string>;
  missingContext: string[];
}

/** @throws Error naming the error of the API */
export async function askSimulator(endpoint: Endpoint, query: SimulationQuery): Promise<SimulationAnswer> {
  const keyPolicy = await keyPolicyOf(endpoint, query.resource);
  const parameters: Record<string, string> = {
    PolicySourceArn: query.principalArn,
    'ActionNames.member.1': query.action,
    'ResourceArns.member.1': query.resource,
    ...(keyPolicy !== undefined && {
      ResourcePolicy: keyPolicy,
      ResourceOwner: `arn:aws:iam::${query.resource.split(':')[4]}:root`,
      CallerArn: query.principalArn,
    }),
  };
  [...query.context].forEach(([name, values], index) => {
    const entry = `ContextEntries.member.${index + 1}`;
    parameters[`${entry}.ContextKeyName`] = name;
    parameters[`${entry}.ContextKeyType`] = values.length === 1 ? 'string' : 'stringList';
    values.forEach((value, at) => (parameters[`${entry}.ContextKeyValues.member.${at + 1}`] = value));
  });
  return readAnswer(await callIam(endpoint, 'SimulatePrincipalPolicy', parameters));
}

/** A key's policy decides beside the principal's own; it is read as the operator, in the key's Region. */
async function keyPolicyOf(endpoint: Endpoint, resource: string): Promise<string | undefined> {
  const region = /^arn:aws:kms:([^:]+):\d{12}:key\//.exec(resource)?.[1];
  if (region === undefined) return undefined;
  const answer = await callKms({ ...endpoint, region }, 'GetKeyPolicy', { KeyId: resource });
  return (answer as { Policy?: string }).Policy;
}

/** The first (and only) EvaluationResult. AWS: API_EvaluationResult. */
export function readAnswer(xml: string): SimulationAnswer {
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

const place = (position: string): string => `${text(position, 'Line')}:${text(position, 'Column')}`;

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
