import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountOf, retireRight } from '../../src/access/retiring.ts';
import type { RetireRight } from '../../src/access/retiring.ts';
import type { Principal } from '../../src/access/caller.ts';

const ISSUER = '111111111111';
const FRIEND = '222222222222';
const rootOf = (accountId: string): string => `arn:aws:iam::${accountId}:root`;

type Caller = Pick<Principal, 'type' | 'accountId' | 'arn' | 'issuerArn'>;
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
const federated = (accountId: string, userName: string, name: string): Caller => ({
  type: 'FederatedUser',
  accountId,
  arn: `arn:aws:sts::${accountId}:federated-user/${name}`,
  issuerArn: `arn:aws:iam::${accountId}:user/${userName}`,
});

const base = {
  granteePrincipal: user(FRIEND, 'grantee').arn,
  retiringPrincipal: undefined as string | undefined,
  operations: ['Decrypt'] as string[],
  issuingAccountId: ISSUER,
};
const withRetire = { ...base, operations: ['Decrypt', 'RetireGrant'] };

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
      'a federated session of the retiring user',
      federated(FRIEND, 'r', 'guest'),
      { ...base, retiringPrincipal: user(FRIEND, 'r').arn },
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

  it('knows whose a principal is', () => {
    assert.equal(accountOf(user(FRIEND, 'r').arn), FRIEND);
    assert.equal(accountOf('logs.amazonaws.com'), undefined);
  });
});
