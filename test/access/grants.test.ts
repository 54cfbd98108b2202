/** Grants: who, what, under which constraints, and what a grant by way of another may be. KMS: "Grants in AWS KMS". */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { contextOf } from '../../src/access/context.ts';
import { evaluateRetire } from '../../src/access/evaluate.ts';
import type { Principal } from '../../src/access/caller.ts';
import type { Grant } from '../../src/access/grant.ts';
import {
  HOME,
  KEY,
  OTHER,
  OTHER_KEY,
  allow,
  ask,
  deny,
  identityOf,
  letIn,
  policy,
  roleArn,
  root,
  rootOf,
  service,
  session,
  user,
} from './world.ts';

const SILENT = policy(letIn(user('nobody').arn));

function grant(rest: Partial<Grant> = {}): Grant {
  return {
    grantId: 'a'.repeat(64),
    keyArn: KEY,
    granteePrincipal: user().arn,
    retiringPrincipal: undefined,
    operations: ['Decrypt'],
    constraints: undefined,
    issuingAccountId: HOME,
    ...rest,
  };
}

type Constraints = Grant['constraints'];
const equals = (pairs: Record<string, string>): Constraints => ({ kind: 'EncryptionContextEquals', pairs });
const subset = (pairs: Record<string, string>): Constraints => ({ kind: 'EncryptionContextSubset', pairs });

let cases = 0;
const check = (name: string, test: () => void): void => {
  cases += 1;
  it(name, test);
};

describe('a grant', () => {
  const GRANTEES: [grantee: string, who: Principal, allowed: boolean][] = [
    [user().arn, user(), true],
    [user().arn, user('bob'), false],
    [user().arn, root(), false],
    [user().arn, user('alice', OTHER), false],
    [rootOf(HOME), root(), true],
    [rootOf(HOME), user(), true],
    [rootOf(HOME), session(), true],
    [rootOf(HOME), user('bob', OTHER), false],
    [rootOf(OTHER), user('bob', OTHER), true],
    [roleArn('app'), session(), true],
    [roleArn('app'), session('app', 'two'), true],
    [roleArn('app'), session('other'), false],
    [session().arn, session(), true],
    [session().arn, session('app', 'two'), false],
    ['logs.eu-west-1.amazonaws.com', service('logs.eu-west-1.amazonaws.com'), true],
    ['logs.eu-west-1.amazonaws.com', service('s3.amazonaws.com'), false],
  ];
  for (const [granteePrincipal, who, allowed] of GRANTEES) {
    check(
      `to ${granteePrincipal} ${allowed ? 'helps' : 'does not help'} ${who.arn} (Grant concepts: grantee principal)`,
      () => {
        assert.equal(ask({ who, key: SILENT, grants: [grant({ granteePrincipal })] }).allowed, allowed);
      },
    );
  }

  const OPERATIONS: [operations: string[], action: string, allowed: boolean][] = [
    [['Decrypt'], 'kms:Decrypt', true],
    [['Decrypt'], 'kms:Encrypt', false],
    [['GenerateDataKey'], 'kms:GenerateDataKeyWithoutPlaintext', false],
    [['ReEncryptFrom'], 'kms:ReEncryptFrom', true],
    [['ReEncryptFrom'], 'kms:ReEncryptTo', false],
    [['DescribeKey'], 'kms:DescribeKey', true],
    [['Decrypt'], 'kms:ScheduleKeyDeletion', false],
    [['Sign', 'Verify', 'GetPublicKey'], 'kms:GetPublicKey', true],
  ];
  for (const [operations, action, allowed] of OPERATIONS) {
    check(
      `for ${operations.join(', ')} ${allowed ? 'is' : 'is not'} for ${action} (Grant operations)`,
      () => {
        assert.equal(
          ask({ who: user(), action, key: SILENT, grants: [grant({ operations })] }).allowed,
          allowed,
        );
      },
    );
  }

  check('is for its own key (Grant concepts)', () => {
    assert.equal(ask({ who: user(), key: SILENT, grants: [grant({ keyArn: OTHER_KEY })] }).allowed, false);
  });

  const LIMITS: [name: string, wanted: Parameters<typeof ask>[0], allowed: boolean][] = [
    ['loses against a deny in the key policy', { who: user(), key: policy(deny({ Principal: '*' })) }, false],
    ['loses against a deny in IAM', { who: user(), key: SILENT, iam: [policy(deny())] }, false],
    [
      'to a user is not limited by its boundary',
      { who: user(), key: SILENT, boundary: policy(allow({ Action: 's3:*' })) },
      true,
    ],
    ['needs no IAM', { who: user(), key: SILENT, iam: [policy(allow({ Action: 's3:*' }))] }, true],
  ];
  for (const [name, wanted, allowed] of LIMITS) {
    check(`${name} (Policy evaluation logic)`, () => {
      assert.equal(ask({ ...wanted, grants: [grant()] }).allowed, allowed);
    });
  }
  check('to a role is limited by the boundary of the role (Policy evaluation logic)', () => {
    const grants = [grant({ granteePrincipal: roleArn('app') })];
    const boundary = policy(allow({ Action: 's3:*' }));
    assert.equal(ask({ who: session(), key: SILENT, grants, boundary }).reason, 'no-boundary');
  });
  check('to a role is limited by session policies (Policy evaluation logic)', () => {
    const grants = [grant({ granteePrincipal: roleArn('app') })];
    const who = session('app', 'one', { policies: [policy(allow({ Action: 's3:*' }))] });
    assert.equal(ask({ who, key: SILENT, grants }).reason, 'no-session-policy');
  });
  check('to the session itself is not (Policy evaluation logic)', () => {
    const who = session('app', 'one', { policies: [policy(allow({ Action: 's3:*' }))] });
    assert.equal(ask({ who, key: SILENT, grants: [grant({ granteePrincipal: who.arn })] }).reason, 'grant');
  });

  const CONSTRAINTS: [
    constraints: Constraints,
    context: Record<string, string> | undefined,
    allowed: boolean,
  ][] = [
    [equals({ a: '1' }), { a: '1' }, true],
    [equals({ a: '1' }), { a: '1', b: '2' }, false],
    [equals({ a: '1', b: '2' }), { b: '2', a: '1' }, true],
    [equals({ a: '1', b: '2' }), { a: '1' }, false],
    [equals({ a: '1' }), { a: '2' }, false],
    [equals({ a: '1' }), { A: '1' }, false],
    [equals({ a: 'x' }), { a: 'X' }, false],
    [equals({ a: '1' }), {}, false],
    [equals({ a: '1' }), undefined, false],
    [subset({ a: '1' }), { a: '1' }, true],
    [subset({ a: '1' }), { a: '1', b: '2' }, true],
    [subset({ a: '1', b: '2' }), { a: '1' }, false],
    [subset({ a: '1' }), { a: '2', b: '2' }, false],
    [subset({ a: '1' }), { A: '1' }, false],
    [subset({ a: '1' }), undefined, false],
    [subset({ toString: '1' }), {}, false],
  ];
  for (const [constraints, encryptionContext, allowed] of CONSTRAINTS) {
    const name = `${constraints?.kind} ${JSON.stringify(constraints?.pairs)}`;
    check(
      `${name} ${allowed ? 'lets' : 'does not let'} ${JSON.stringify(encryptionContext)} in (Using grant constraints)`,
      () => {
        const made = ask({
          who: user(),
          key: SILENT,
          grants: [grant({ constraints })],
          grant: { encryptionContext },
        });
        assert.equal(made.allowed, allowed);
      },
    );
  }
  check('constraints do not limit DescribeKey (Using grant constraints)', () => {
    const grants = [grant({ operations: ['DescribeKey'], constraints: equals({ a: '1' }) })];
    assert.equal(ask({ who: user(), action: 'kms:DescribeKey', key: SILENT, grants }).allowed, true);
  });

  const CHILDREN: [
    parent: Partial<Grant>,
    child: { operations: string[]; constraints?: Constraints },
    allowed: boolean,
  ][] = [
    [{}, { operations: ['Decrypt'] }, true],
    [{}, { operations: ['Decrypt', 'CreateGrant'] }, true],
    [{}, { operations: ['Encrypt'] }, false],
    [{}, { operations: ['Decrypt', 'Encrypt'] }, false],
    [{ constraints: subset({ a: '1' }) }, { operations: ['Decrypt'] }, false],
    [{ constraints: subset({ a: '1' }) }, { operations: ['Decrypt'], constraints: subset({ a: '1' }) }, true],
    [
      { constraints: subset({ a: '1' }) },
      { operations: ['Decrypt'], constraints: subset({ a: '1', b: '2' }) },
      true,
    ],
    [
      { constraints: subset({ a: '1' }) },
      { operations: ['Decrypt'], constraints: equals({ a: '1', b: '2' }) },
      true,
    ],
    [
      { constraints: subset({ a: '1' }) },
      { operations: ['Decrypt'], constraints: subset({ b: '2' }) },
      false,
    ],
    [{ constraints: equals({ a: '1' }) }, { operations: ['Decrypt'], constraints: equals({ a: '1' }) }, true],
    [
      { constraints: equals({ a: '1' }) },
      { operations: ['Decrypt'], constraints: subset({ a: '1' }) },
      false,
    ],
    [
      { constraints: equals({ a: '1' }) },
      { operations: ['Decrypt'], constraints: equals({ a: '1', b: '2' }) },
      false,
    ],
    [{ constraints: equals({ a: '1' }) }, { operations: ['Decrypt'] }, false],
  ];
  for (const [parent, child, allowed] of CHILDREN) {
    const text = `${JSON.stringify(parent.constraints ?? 'no constraints')} → ${JSON.stringify(child)}`;
    check(`by way of another is never wider: ${text} (Granting CreateGrant permission)`, () => {
      const made = ask({
        who: user(),
        action: 'kms:CreateGrant',
        key: SILENT,
        grants: [grant({ operations: ['Decrypt', 'CreateGrant'], ...parent })],
        grant: { child: { constraints: undefined, ...child } },
      });
      assert.equal(made.allowed, allowed);
    });
  }
  check('by a policy may be anything (Granting CreateGrant permission)', () => {
    const child = { operations: ['Encrypt', 'Sign'], constraints: undefined };
    const key = policy(letIn(user().arn));
    assert.equal(ask({ who: user(), action: 'kms:CreateGrant', key, grant: { child } }).reason, 'key-policy');
  });
});

describe('retiring a grant', () => {
  const given = grant({
    granteePrincipal: user('grantee').arn,
    retiringPrincipal: roleArn('retirer'),
    operations: ['Decrypt', 'RetireGrant'],
  });
  const may = [policy(allow({ Action: 'kms:RetireGrant' }))];
  const rows: [who: Principal, iam: string[], key: string, reason: string, of?: Grant][] = [
    [session('retirer'), [], SILENT, 'retiring-principal'],
    [user('grantee'), [], SILENT, 'retiring-principal'],
    [user('grantee'), [], SILENT, 'no-identity-policy', { ...given, operations: ['Decrypt'] }],
    [root(), [], SILENT, 'root-user'],
    [root(OTHER), [], SILENT, 'no-resource-policy'],
    [user(), [], SILENT, 'no-identity-policy'],
    [user(), may, SILENT, 'iam'],
    [user('bob', OTHER), may, SILENT, 'no-resource-policy'],
    [user('bob', OTHER), may, SILENT, 'iam', { ...given, retiringPrincipal: rootOf(OTHER) }],
    [user('bob', OTHER), may, policy(letIn('*')), 'no-resource-policy'],
    [session('retirer'), [policy(deny())], SILENT, 'deny-in-identity-policy'],
    [
      session('retirer'),
      [],
      policy(deny({ Principal: '*', Action: 'kms:RetireGrant' })),
      'deny-in-resource-policy',
    ],
  ];
  for (const [who, iam, key, reason, of = given] of rows) {
    check(`${who.arn}: ${reason} (Retiring and revoking grants)`, () => {
      const question = {
        principal: who,
        action: 'kms:RetireGrant',
        resource: KEY,
        resourceAccountId: HOME,
        identity: identityOf({ iam }),
        context: contextOf({}),
      };
      assert.equal(evaluateRetire(question, { name: KEY, document: key }, of).reason, reason);
    });
  }
  it('grants are tried in more than 60 cases', () => assert.ok(cases >= 60, String(cases)));
});
