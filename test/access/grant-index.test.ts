import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Principal } from '../../src/access/caller.ts';
import type { PrincipalDirectory } from '../../src/access/directory.ts';
import { grantsConcerning } from '../../src/access/grant-index.ts';
import { granteeNamed } from '../../src/access/grant-matching.ts';
import type { Grant } from '../../src/access/grant.ts';
import { subjectOf } from '../../src/access/policy/principals.ts';
import { HOME, KEY, OTHER, roleArn, root, rootOf, service, session, user } from './world.ts';

const federated: Principal = {
  ...user('fed'),
  type: 'FederatedUser',
  arn: `arn:aws:sts::${HOME}:federated-user/fed`,
  issuerArn: user().arn,
  userId: `${HOME}:fed`,
};
const CALLERS = [
  ...[user(), user('bob'), user('alice', OTHER), root(), root(OTHER), federated],
  ...[session(), session('app', 'two'), session('other'), service('logs.amazonaws.com')],
];

/** Users and roles that are there, by ARN. Alice has been renamed: her unique id stands for another ARN than her grants had. */
const IDS = new Map([
  [user().arn, user().userId],
  [user('bob').arn, user('bob').userId],
  [roleArn('app'), 'AROAAPP00000000000000'],
  [rootOf(HOME), HOME],
]);
const directory: Pick<PrincipalDirectory, 'uniqueIdOf' | 'arnOf'> = {
  uniqueIdOf: (arn) => IDS.get(arn),
  arnOf: (id) => [...IDS].find(([, other]) => other === id)?.[0],
};

/** As services/kms/grants.ts makes them. */
function grantTo(grantee: string, granteeId?: string): Grant {
  return {
    ...{ grantId: 'a'.repeat(64), keyArn: KEY, retiringPrincipal: undefined, operations: ['Decrypt'] },
    ...{ constraints: undefined, issuingAccountId: HOME, granteeId },
    get granteePrincipal() {
      return granteeId === undefined ? grantee : (directory.arnOf(granteeId) ?? granteeId);
    },
  };
}

it('of many grants the same ones mean a caller as when all are looked at', () => {
  const { arn: alice, userId: aliceId } = user();
  const grants = [
    ...[grantTo(alice), grantTo(`${alice}-before`, aliceId), grantTo(alice, 'AIDAGONE0000000000000')],
    ...[grantTo(user('bob').arn, user('bob').userId), grantTo(user('alice', OTHER).arn)],
    ...[
      grantTo(roleArn('app'), 'AROAAPP00000000000000'),
      grantTo(roleArn('app'), 'AROAGONE'),
      grantTo(session().arn),
    ],
    ...[
      grantTo(rootOf(HOME), HOME),
      grantTo(rootOf(OTHER)),
      grantTo('logs.amazonaws.com'),
      grantTo(federated.arn),
    ],
    ...Array.from({ length: 40 }, (_, n) => grantTo(user(`user-${n}`).arn)),
  ];
  let meant = 0;
  for (const caller of [...CALLERS, { ...user('gone'), userId: 'AIDAGONE0000000000000' }]) {
    const means = ({ granteePrincipal }: Grant): boolean =>
      granteeNamed(granteePrincipal, subjectOf(caller)) !== 'not';
    const found = grantsConcerning(grants, caller, directory as PrincipalDirectory);
    const wanted = grants.filter(means);
    assert.deepEqual(new Set(found.filter(means)), new Set(wanted), caller.arn);
    assert.ok(found.length < 8, `${found.length} grants are looked at for ${caller.arn}`);
    meant += wanted.length;
  }
  assert.ok(meant > 15, 'the callers have no grants');
});
