/**
 * The statements that AWS's console writes into a key policy, known by their Sid: who may manage the key and who may use it. The
 * wizard writes them, and the form of the key policy changes whom they name; all else is left as it is.
 */
import type { KeyUsageType } from '@aws-sdk/client-kms';

type Statement = Record<string, unknown>;

const ADMINISTRATORS_SID = 'Allow access for Key Administrators';
const USERS_SID = 'Allow use of the key';
const RESOURCES_SID = 'Allow attachment of persistent resources';

const ADMINISTRATION = [
  ...['kms:Create*', 'kms:Describe*', 'kms:Enable*', 'kms:List*', 'kms:Put*', 'kms:Update*', 'kms:Revoke*'],
  ...['kms:Disable*', 'kms:Get*', 'kms:Delete*', 'kms:TagResource', 'kms:UntagResource'],
  'kms:RotateKeyOnDemand',
];
const DELETION = ['kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion'];

const USE: Readonly<Record<KeyUsageType, readonly string[]>> = {
  ENCRYPT_DECRYPT: [
    ...['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'],
    'kms:DescribeKey',
  ],
  SIGN_VERIFY: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign', 'kms:Verify'],
  GENERATE_VERIFY_MAC: ['kms:DescribeKey', 'kms:GenerateMac', 'kms:VerifyMac'],
  KEY_AGREEMENT: ['kms:DescribeKey', 'kms:DeriveSharedSecret', 'kms:GetPublicKey'],
  ENCAPSULATE_DECAPSULATE: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Encapsulate', 'kms:Decapsulate'],
};

/** ARNs of users and roles. */
export interface Parties {
  readonly administrators: readonly string[];
  readonly administratorsMayDelete: boolean;
  readonly users: readonly string[];
}

/** The parties' statements; a party without anybody has none. */
export function statementsFor(parties: Parties, usage: KeyUsageType): Statement[] {
  const { administrators, administratorsMayDelete, users } = parties;
  const statement = (Sid: string, AWS: readonly string[], Action: readonly string[]): Statement => ({
    Sid,
    Effect: 'Allow',
    Principal: { AWS },
    Action,
    Resource: '*',
  });
  const statements: Statement[] = [];
  if (administrators.length > 0) {
    const actions = administratorsMayDelete ? [...ADMINISTRATION, ...DELETION] : ADMINISTRATION;
    statements.push(statement(ADMINISTRATORS_SID, administrators, actions));
  }
  if (users.length > 0) {
    statements.push(statement(USERS_SID, users, USE[usage]), {
      ...statement(RESOURCES_SID, users, ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant']),
      Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    });
  }
  return statements;
}

/** What the policy says of them. @throws SyntaxError when the policy is no JSON */
export function partiesOf(policy: string): Parties {
  const statements = statementsOf(policy);
  const administration = partOf(statements, ADMINISTRATORS_SID);
  return {
    administrators: principalsOf(administration),
    administratorsMayDelete: list(administration?.['Action']).includes('kms:ScheduleKeyDeletion'),
    users: principalsOf(partOf(statements, USERS_SID)),
  };
}

/**
 * The policy with other parties: their statements stand where the first of them stood. A statement that was there keeps its
 * conditions and actions, which somebody may have narrowed: only whom it names is changed, and whether it has the deletion.
 */
export function withParties(policy: string, parties: Parties, usage: KeyUsageType): string {
  const document = JSON.parse(policy) as Record<string, unknown>;
  const statements = statementsOf(policy);
  const before = partiesOf(policy);
  const made = statementsFor(parties, usage);
  const [administration, use, resources] = [ADMINISTRATORS_SID, USERS_SID, RESOURCES_SID].map((sid) =>
    partOf(statements, sid),
  );
  const newParts = (...sids: string[]): Statement[] =>
    made.filter(({ Sid }) => sids.some((sid) => sid === Sid));
  const parts = [
    ...(administration === undefined
      ? newParts(ADMINISTRATORS_SID)
      : naming(
          withDeletion(administration, before.administratorsMayDelete, parties.administratorsMayDelete),
          before.administrators,
          parties.administrators,
        )),
    // what was taken out of a policy for its users is not put into it again
    ...(use === undefined && resources === undefined
      ? newParts(USERS_SID, RESOURCES_SID)
      : [
          ...(use === undefined ? newParts(USERS_SID) : naming(use, before.users, parties.users)),
          ...(resources === undefined ? [] : naming(resources, before.users, parties.users)),
        ]),
  ];
  const first = statements.findIndex((one) => one === administration || one === use || one === resources);
  const at = first < 0 ? statements.length : first;
  const others = (some: readonly Statement[]): Statement[] =>
    some.filter((one) => one !== administration && one !== use && one !== resources);
  const Statement = [...others(statements.slice(0, at)), ...parts, ...others(statements.slice(at))];
  return JSON.stringify({ ...document, Statement }, null, 2);
}

/** The first statement of that name that allows something to principals by their ARNs, as the console writes it. */
function partOf(statements: readonly Statement[], sid: string): Statement | undefined {
  return statements.find(
    (statement) =>
      statement['Sid'] === sid && statement['Effect'] === 'Allow' && principalsOf(statement).length > 0,
  );
}

/** The statement with those who came and without those who went; nothing when it names nobody any more. */
function naming(statement: Statement, from: readonly string[], to: readonly string[]): Statement[] {
  const given = principalsOf(statement);
  const stay = given.filter((arn) => to.includes(arn) || !from.includes(arn));
  const come = to.filter((arn) => !from.includes(arn) && !given.includes(arn));
  if (stay.length === given.length && come.length === 0) return [statement];
  const { AWS: _, ...services } = statement['Principal'] as Record<string, unknown>;
  const arns = [...stay, ...come];
  const Principal = arns.length === 0 ? services : { ...services, AWS: arns };
  return Object.keys(Principal).length === 0 ? [] : [{ ...statement, Principal }];
}

function withDeletion(statement: Statement, could: boolean, may: boolean): Statement {
  if (could === may) return statement;
  const others = list(statement['Action']).filter((action) => !DELETION.includes(action));
  return { ...statement, Action: may ? [...others, ...DELETION] : others };
}

function statementsOf(policy: string): Statement[] {
  const { Statement } = JSON.parse(policy) as { Statement?: Statement | Statement[] };
  return Statement === undefined ? [] : Array.isArray(Statement) ? Statement : [Statement];
}

function principalsOf(statement: Statement | undefined): string[] {
  const principal = statement?.['Principal'] as { AWS?: unknown } | undefined;
  return list(principal?.AWS);
}

const list = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === 'string');
