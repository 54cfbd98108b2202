/** `claviger policy`: why somebody may do something, or may not. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { neededBy } from '../access/simulate.ts';
import { dataFolder } from '../supervisor/installation.ts';
import { askSimulator } from '../supervisor/simulation.ts';
import type { SimulationAnswer, SimulationQuery } from '../supervisor/simulation.ts';
import type { ClientConfig } from '../supervisor/client-config.ts';

export function policyCommand(): Command {
  const policy = new Command('policy').description('explain decisions of access control');
  policy
    .command('explain')
    .description('say whether a principal may do something, which statements decide, and what is needed')
    .requiredOption('--principal <arn>', 'ARN of a user or role')
    .requiredOption('--action <action>', 'such as kms:Decrypt')
    .requiredOption('--resource <arn>', "ARN of a key or of another resource; '*' for operations on none")
    .option('--context <key=value>', 'a condition key of the request; may be repeated', addContext, new Map())
    .option('--data <folder>', 'data folder of a running Claviger', process.env['CLAVIGER_DATA'] ?? './data')
    .option('--json', 'for programs')
    .action(explain);
  return policy;
}

interface ExplainOptions {
  principal: string;
  action: string;
  resource: string;
  context: Map<string, string[]>;
  data: string;
  json?: boolean;
}

function addContext(text: string, context: Map<string, string[]>): Map<string, string[]> {
  const at = text.indexOf('=');
  if (at < 1) throw new Error(`'${text}' is not key=value`);
  const name = text.slice(0, at);
  return context.set(name, [...(context.get(name) ?? []), text.slice(at + 1)]);
}

async function explain(options: ExplainOptions): Promise<void> {
  // policies speak of ARNs: for a key's id or alias nothing in them would fit, whatever they say
  if (!/^(?:\*$|arn:)/.test(options.resource))
    throw new Error(`'${options.resource}' is no ARN; a key's is in the answer of DescribeKey`);
  const { endpoint, region, accessKeyId, secretAccessKey } = clientConfig(options.data);
  const query = { ...options, principalArn: options.principal };
  const answer = await askSimulator({ url: endpoint, region, accessKeyId, secretAccessKey }, query);
  const needed = neededBy(answer.details, options.principal, options.action, options.resource);
  console.log(
    options.json === true ? JSON.stringify({ ...answer, needed }) : explanation(query, answer, needed),
  );
}

/** @throws Error when no Claviger runs for the folder */
function clientConfig(data: string): ClientConfig {
  const file = dataFolder(data).clientConfig;
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as ClientConfig;
  } catch {
    throw new Error(`no Claviger runs for this data folder: ${file} cannot be read`);
  }
}

const SAID: Readonly<Record<string, string>> = {
  allowed: 'ALLOWED',
  explicitDeny: 'DENIED, a statement denies it',
  implicitDeny: 'DENIED, nothing allows it',
};

const HALF_ALLOWED = {
  key: "ALLOWED by the principal's account, if the key's owner allows it too",
  role: "ALLOWED by the principal's account, if the role's trust policy allows it too",
};
const NOT_KNOWN = {
  key: 'The policy and the grants of the key, which these credentials may not read.',
  role: 'The trust policy of the role, which these credentials may not read.',
};

function explanation(
  { principalArn, action, resource }: SimulationQuery,
  answer: SimulationAnswer,
  needed: readonly string[],
): string {
  const { unknown, decision } = answer;
  const half = unknown !== undefined && decision === 'allowed';
  const said = half ? HALF_ALLOWED[unknown] : (SAID[decision] ?? decision);
  const lines = [`${said}: ${principalArn} · ${action} · ${resource}`];
  const section = (title: string, items: readonly string[]): void => {
    if (items.length > 0) lines.push('', title, ...items.map((item) => `  ${item}`));
  };
  section(
    'What decides (statements with line:column)',
    answer.statements.map(({ policy, start, end }) =>
      start === '' ? policy : `${policy}  ${start} to ${end}`,
    ),
  );
  section(
    'Each kind of policy says',
    Object.entries(answer.details).map(([kind, decision]) => `${kind}: ${decision}`),
  );
  section('What is needed', needed);
  section('What is not known', unknown === undefined ? [] : [NOT_KNOWN[unknown]]);
  section('Condition keys that policies ask for and that were not given (--context)', answer.missingContext);
  return lines.join('\n');
}
