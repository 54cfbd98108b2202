import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contextOf } from '../../src/access/context.ts';
import type { IdentityPolicies } from '../../src/access/directory.ts';
import { evaluateRetire } from '../../src/access/evaluate.ts';
import type { Principal } from '../../src/access/caller.ts';
import type { Decision } from '../../src/access/decision.ts';

const ISSUER = '111111111111';
const FRIEND = '222222222222';
const rootOf = (accountId: string): string => `arn:aws:iam::${accountId}:root`;

type Caller = Pick<Principal, 'type' | 'accountId' | 'arn' | 'issuerArn'>;

/** `own`: without any policy; `delegated`: when the caller's IAM policies allow it. */
type RetireRight = 'own' | 'delegated' | 'none';
const root = (accountId: string): Caller => ({
  type: 'Root',
  accountId,
  arn: rootOf(accountId),
  issuerArn: rootOf(accountId),
});
const user = (accountId: string, name: string): Caller => {
  const arn = `arn:aws:iam::${accountId}:user/${name}`;
  return { type: 'User', accountId, arn, issuerArn: arn };
};
const session = (accountId: string, role: string, name: string): Caller => ({
  type: 'AssumedRole',
  accountId,
  arn: `arn:aws:sts::${accountId}:assumed-role/${role}/${name}`,
  issuerArn: `arn:aws:iam::${accountId}:role/${role}`,
});

const base = {
  granteePrincipal: user(FRIEND, 'grantee').arn,
  retiringPrincipal: undefined as string | undefined,
  operations: ['Decrypt'] as string[],
  issuingAccountId: ISSUER,
};
const withRetire = { ...base, operations: ['Decrypt', 'RetireGrant'] };

const KEY = `arn:aws:kms:us-east-1:${ISSUER}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const KEY_POLICY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"kms:RetireGrant","Resource":"*"}]}';
const NO_POLICY: IdentityPolicies = { policies: [], boundary: undefined };
const ALL: IdentityPolicies = {
  policies: [
    {
      name: 'all',
      document: '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:*","Resource":"*"}]}',
    },
  ],
  boundary: undefined,
};

function retire(
  caller: Caller,
  grant: typeof base,
  identity: IdentityPolicies,
  session?: Principal['session'],
): Decision {
  const principal = { ...caller, userId: 'AIDA', userName: undefined, tags: new Map(), session };
  return evaluateRetire(
    {
      ...{ principal, identity, action: 'kms:RetireGrant', resource: KEY, resourceAccountId: ISSUER },
      context: contextOf({}),
    },
    { name: KEY, document: KEY_POLICY },
    { ...grant, grantId: 'g', keyArn: KEY, constraints: undefined, sourceArn: undefined },
  );
}

function retireRight(caller: Caller, grant: typeof base): RetireRight {
  if (retire(caller, grant, NO_POLICY).allowed) return 'own';
  return retire(caller, grant, ALL).allowed ? 'delegated' : 'none';
}

describe('who may retire a grant', () => {
  const cases: [string, Caller, typeof base, RetireRight][] = [
    ['the account that made it', root(ISSUER), base, 'own'],
    ['a user of that account, if its policies say so', user(ISSUER, 'somebody'), base, 'delegated'],
    ['a role of that account, if its policies say so', session(ISSUER, 'admin', 's'), base, 'delegated'],
    ['the grantee of a grant with RetireGrant', user(FRIEND, 'grantee'), withRetire, 'own'],
    [
      'the retiring principal',
      user(FRIEND, 'r'),
      { ...base, retiringPrincipal: user(FRIEND, 'r').arn },
      'own',
    ],
    [
      'a session of the retiring role',
      session(FRIEND, 'ops', 's1'),
      { ...base, retiringPrincipal: `arn:aws:iam::${FRIEND}:role/ops` },
      'own',
    ],
    [
      'the very session that is named',
      session(FRIEND, 'ops', 's1'),
      { ...base, retiringPrincipal: session(FRIEND, 'ops', 's1').arn },
      'own',
    ],
    ['the retiring account', root(FRIEND), { ...base, retiringPrincipal: rootOf(FRIEND) }, 'own'],
    [
      'a user of the retiring account, if its policies say so',
      user(FRIEND, 'somebody'),
      { ...base, retiringPrincipal: rootOf(FRIEND) },
      'delegated',
    ],
    [
      'the account that is the grantee, of a grant with RetireGrant',
      root(FRIEND),
      { ...withRetire, granteePrincipal: rootOf(FRIEND) },
      'own',
    ],
  ];
  for (const [who, caller, grant, right] of cases) {
    it(`${who}: ${right}`, () => assert.equal(retireRight(caller, grant), right));
  }

  const nobody: [string, Caller, typeof base][] = [
    ['the grantee of a grant without RetireGrant', user(FRIEND, 'grantee'), base],
    ['another account', root(FRIEND), base],
    ['the account of a retiring user', root(FRIEND), { ...base, retiringPrincipal: user(FRIEND, 'r').arn }],
    [
      'another user of that account',
      user(FRIEND, 'x'),
      { ...base, retiringPrincipal: user(FRIEND, 'r').arn },
    ],
    [
      'another session of the role, when one session is named',
      session(FRIEND, 'ops', 's2'),
      { ...base, retiringPrincipal: session(FRIEND, 'ops', 's1').arn },
    ],
    [
      'a namesake made after the retiring user was deleted',
      user(FRIEND, 'r'),
      { ...base, retiringPrincipal: 'AIDAEXAMPLEEXAMPLE00' },
    ],
  ];
  for (const [who, caller, grant] of nobody) {
    it(`not ${who}`, () => assert.equal(retireRight(caller, grant), 'none'));
  }

  describe('whose session or boundary does not allow it', () => {
    const ops = session(FRIEND, 'ops', 's1');
    const document =
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}]}';
    const narrowed = { issuedAt: 0, mfa: false, policies: [document], keys: new Map() };
    const bounded = { policies: [], boundary: { name: 'boundary', document } };
    const byRole = { ...base, retiringPrincipal: ops.issuerArn };
    const bySession = { ...base, retiringPrincipal: ops.arn };

    it('not a session of the retiring role', () => {
      assert.equal(retire(ops, byRole, NO_POLICY, narrowed).reason, 'no-session-policy');
      assert.equal(retire(ops, byRole, bounded).reason, 'no-boundary');
      const grantee = { ...withRetire, granteePrincipal: ops.issuerArn };
      assert.equal(retire(ops, grantee, NO_POLICY, narrowed).reason, 'no-session-policy');
    });

    it('the very session, or user, that is named: own', () => {
      assert.equal(retire(ops, bySession, NO_POLICY, narrowed).reason, 'retiring-principal');
      const r = user(FRIEND, 'r');
      assert.equal(retire(r, { ...base, retiringPrincipal: r.arn }, bounded).reason, 'retiring-principal');
    });
  });
});
