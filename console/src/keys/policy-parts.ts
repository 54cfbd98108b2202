/**
 * The statements that AWS's console writes into a key policy, known by their Sid: who may manage the key and who may use it. The
 * wizard writes them, and the form of the key policy changes them; all other statements are left as they are.
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

const USE: Partial<Record<KeyUsageType, readonly string[]>> = {
  ENCRYPT_DECRYPT: [
    ...['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncrypt*', 'kms:GenerateDataKey*'],
    'kms:DescribeKey',
  ],
  SIGN_VERIFY: ['kms:DescribeKey', 'kms:GetPublicKey', 'kms:Sign', 'kms:Verify'],
  GENERATE_VERIFY_MAC: ['kms:DescribeKey', 'kms:GenerateMac', 'kms:VerifyMac'],
  KEY_AGREEMENT: ['kms:DescribeKey', 'kms:DeriveSharedSecret', 'kms:GetPublicKey'],
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
    statements.push(statement(USERS_SID, users, USE[usage] ?? []), {
      ...statement(RESOURCES_SID, users, ['kms:CreateGrant', 'kms:ListGrants', 'kms:RevokeGrant']),
      Condition: { Bool: { 'kms:GrantIsForAWSResource': 'true' } },
    });
  }
  return statements;
}

/** What the policy says of them. @throws SyntaxError when the policy is no JSON */
export function partiesOf(policy: string): Parties {
  const statements = statementsOf(policy);
  const administration = statements.find(({ Sid }) => Sid === ADMINISTRATORS_SID);
  const use = statements.find(({ Sid }) => Sid === USERS_SID);
  return {
    administrators: principalsOf(administration),
    administratorsMayDelete: list(administration?.['Action']).includes('kms:ScheduleKeyDeletion'),
    users: principalsOf(use),
  };
}

/** The policy with other parties: their statements stand where the first of them stood. */
export function withParties(policy: string, parties: Parties, usage: KeyUsageType): string {
  const document = JSON.parse(policy) as Record<string, unknown>;
  const sids: unknown[] = [ADMINISTRATORS_SID, USERS_SID, RESOURCES_SID];
  const statements = statementsOf(policy);
  const first = statements.findIndex(({ Sid }) => sids.includes(Sid));
  const at = first < 0 ? statements.length : first;
  const others = (some: readonly Statement[]): Statement[] => some.filter(({ Sid }) => !sids.includes(Sid));
  const Statement = [
    ...others(statements.slice(0, at)),
    ...statementsFor(parties, usage),
    ...others(statements.slice(at)),
  ];
  return JSON.stringify({ ...document, Statement }, null, 2);
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
