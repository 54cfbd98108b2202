/**
 * Policies of backups: with which accounts their owner shares them. A closed grammar: what is not understood here is refused
 * when the policy is put, and never passed over. AWS: "Working with shared backups" (CloudHSM user guide).
 */
import { parseArn } from '../../aws/arn.ts';
import { invalidRequest } from './errors.ts';

/** What sharing a backup can allow. AWS: the managed permission for cloudhsm:Backup. */
const SHARED_ACTIONS = ['cloudhsm:DescribeBackups', 'cloudhsm:CopyBackupToRegion', 'cloudhsm:CreateCluster'];
const MEMBERS = ['Version', 'Id', 'Statement'];
const STATEMENT_MEMBERS = ['Sid', 'Effect', 'Principal', 'Action', 'Resource'];

interface Statement {
  effect: 'Allow' | 'Deny';
  accounts: string[];
  actions: string[];
}

/** @throws ApiError CloudHsmInvalidRequestException */
export function requirePolicy(policy: string, resourceArn: string): void {
  const statements = parse(policy, resourceArn);
  if (statements === undefined)
    throw invalidRequest(
      'The policy is not valid: it may hold statements with Effect, Principal (AWS account ids or ARNs of root users), ' +
        `Action (${SHARED_ACTIONS.join(', ')}) and Resource (this backup), and nothing else.`,
    );
}

/** Whether the policy, which was accepted before, lets the account do this. */
export function shares(policy: string, accountId: string, action: string): boolean {
  const matching = (parse(policy) ?? []).filter(
    (statement) => statement.accounts.includes(accountId) && statement.actions.includes(action),
  );
  return (
    matching.some(({ effect }) => effect === 'Allow') && !matching.some(({ effect }) => effect === 'Deny')
  );
}

function parse(policy: string, resourceArn?: string): Statement[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(policy);
  } catch {
    return undefined;
  }
  if (!isMapping(document, MEMBERS) || !['2012-10-17', '2008-10-17'].includes(String(document['Version'])))
    return undefined;
  const statements = asList(document['Statement']).map((statement) => parseStatement(statement, resourceArn));
  return statements.length > 0 && statements.every((statement) => statement !== undefined)
    ? statements
    : undefined;
}

function parseStatement(statement: unknown, resourceArn: string | undefined): Statement | undefined {
  if (!isMapping(statement, STATEMENT_MEMBERS)) return undefined;
  const { Effect: effect, Principal: principal, Action, Resource } = statement;
  if (effect !== 'Allow' && effect !== 'Deny') return undefined;
  if (!isMapping(principal, ['AWS'])) return undefined;
  const accounts = asList(principal['AWS']).map(accountOf);
  const actions = asList(Action);
  const resources = Resource === undefined ? [] : asList(Resource);
  if (accounts.length === 0 || accounts.includes(undefined)) return undefined;
  if (actions.length === 0 || !actions.every((action) => SHARED_ACTIONS.includes(String(action))))
    return undefined;
  if (
    resourceArn !== undefined &&
    !resources.every((resource) => resource === '*' || resource === resourceArn)
  )
    return undefined;
  return { effect, accounts: accounts as string[], actions: actions as string[] };
}

function accountOf(principal: unknown): string | undefined {
  if (typeof principal !== 'string') return undefined;
  if (/^\d{12}$/.test(principal)) return principal;
  const arn = parseArn(principal);
  return arn?.service === 'iam' && arn.resource === 'root' ? arn.account : undefined;
}

function asList(value: unknown): unknown[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function isMapping(value: unknown, members: readonly string[]): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.keys(value).every((name) => members.includes(name))
  );
}
