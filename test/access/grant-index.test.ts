import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Principal } from '../../src/access/caller.ts';
import type { PrincipalDirectory } from '../../src/access/directory.ts';
import { GrantIndex } from '../../src/access/grant-index.ts';
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

const [ALICE, BOB] = [user(), user('bob')];
const APP_ID = 'AROAAPP00000000000000';
const GONE = { ...user('gone'), userId: 'AIDAGONE0000000000000' };

/** Users and roles that are there, by ARN. */
const idsAtFirst = (): Map<string, string> =>
  new Map([
    [ALICE.arn, ALICE.userId],
    [BOB.arn, BOB.userId],
    [roleArn('app'), APP_ID],
    [rootOf(HOME), HOME],
  ]);

function directoryOf(ids: ReadonlyMap<string, string>): PrincipalDirectory {
  return {
    policiesOf: () => ({ policies: [], boundary: undefined }),
    uniqueIdOf: (arn) => ids.get(arn),
    arnOf: (id) => [...ids].find(([, other]) => other === id)?.[0],
    isAccount: () => true,
  };
}

let made = 0;
/** As services/kms/grants.ts makes them. */
function grantTo(directory: PrincipalDirectory, grantee: string, granteeId?: string): Grant {
  made += 1;
  return {
    ...{ grantId: `grant ${made}`, keyArn: KEY, retiringPrincipal: undefined, operations: ['Decrypt'] },
    ...{ constraints: undefined, issuingAccountId: HOME, granteeId },
    get granteePrincipal() {
      return granteeId === undefined ? grantee : (directory.arnOf(granteeId) ?? granteeId);
    },
  };
}

/** Grants that mean the callers in all ways, and many that mean nobody. Alice's second one names her as she was called before. */
function manyGrants(directory: PrincipalDirectory): Grant[] {
  const to = (grantee: string, granteeId?: string): Grant => grantTo(directory, grantee, granteeId);
  return [
    ...[to(ALICE.arn), to(`${ALICE.arn}-before`, ALICE.userId), to(ALICE.arn, GONE.userId)],
    ...[to(BOB.arn, BOB.userId), to(user('alice', OTHER).arn)],
    ...[to(roleArn('app'), APP_ID), to(roleArn('app'), 'AROAGONE'), to(session().arn)],
    ...[to(rootOf(HOME), HOME), to(rootOf(OTHER)), to('logs.amazonaws.com'), to(federated.arn)],
    ...Array.from({ length: 40 }, (_, n) => to(user(`user-${n}`).arn)),
  ];
}

const meaning =
  (caller: Principal) =>
  ({ granteePrincipal }: Grant): boolean =>
    granteeNamed(granteePrincipal, subjectOf(caller)) !== 'not';

/** How many grants mean the callers, who are to find those of `grants` and look at few others. */
function requireSame(index: GrantIndex, grants: readonly Grant[], directory: PrincipalDirectory): number {
  let meant = 0;
  assert.deepEqual(new Set(index), new Set(grants));
  for (const caller of [...CALLERS, GONE]) {
    const found = index.concerning(caller, directory);
    const wanted = grants.filter(meaning(caller));
    assert.equal(new Set(found).size, found.length);
    assert.deepEqual(new Set(found.filter(meaning(caller))), new Set(wanted), caller.arn);
    assert.ok(found.length <= 16, `${found.length} grants are looked at for ${caller.arn}`);
    meant += wanted.length;
  }
  return meant;
}

describe('of many grants', () => {
  it('the same ones mean a caller as when all are looked at', () => {
    const directory = directoryOf(idsAtFirst());
    const grants = manyGrants(directory);
    assert.ok(requireSame(new GrantIndex(grants), grants, directory) > 15, 'the callers have no grants');
  });

  it('the same ones mean a caller after each change, from none to many and back', () => {
    const directory = directoryOf(idsAtFirst());
    const grants = manyGrants(directory);
    const index = new GrantIndex();
    const there: Grant[] = [];
    for (const grant of [...grants].reverse()) {
      index.set(grant);
      there.push(grant);
      requireSame(index, there, directory);
    }
    const again = { ...(grants[0] as Grant), operations: ['Encrypt'] };
    index.set(again);
    there[there.length - 1] = again;
    requireSame(index, there, directory);
    while (there.length > 0) {
      const [gone] = there.splice(Math.floor(there.length / 2), 1) as [Grant];
      index.delete(gone.grantId);
      index.delete('no grant');
      assert.equal(index.get(gone.grantId), undefined);
      requireSame(index, there, directory);
    }
  });

  it('those of a user stay hers when she is renamed, and a namesake has none of them', () => {
    const ids = idsAtFirst();
    const directory = directoryOf(ids);
    const index = new GrantIndex(manyGrants(directory));
    const byName = (caller: Principal): number =>
      index.concerning(caller, directory).filter(meaning(caller)).length;
    assert.equal(byName(ALICE), 3, 'by her name, by her id, by her account');
    ids.delete(ALICE.arn);
    const renamed = {
      ...ALICE,
      arn: `${ALICE.arn}-now`,
      issuerArn: `${ALICE.arn}-now`,
      userName: 'alice-now',
    };
    ids.set(renamed.arn, renamed.userId);
    ids.set(ALICE.arn, 'AIDASECOND00000000000');
    assert.equal(byName(renamed), 2);
    assert.equal(
      byName({ ...ALICE, userId: 'AIDASECOND00000000000' }),
      2,
      'what is kept by name, and her account',
    );
    const [hers] = index
      .concerning(renamed, directory)
      .filter(({ granteeId }) => granteeId === renamed.userId) as [Grant];
    index.delete(hers.grantId);
    assert.equal(byName(renamed), 1);
  });

  it('neither a change nor a question looks at the others', () => {
    const directory = directoryOf(idsAtFirst());
    let looks = 0;
    const watched = (grantee: string): Grant => ({
      ...grantTo(directory, grantee),
      get granteePrincipal() {
        looks += 1;
        return grantee;
      },
    });
    const index = new GrantIndex(Array.from({ length: 1000 }, (_, n) => watched(user(`user-${n}`).arn)));
    const added = watched(ALICE.arn);
    looks = 0;
    index.set(added);
    assert.deepEqual(index.concerning(ALICE, directory), [added]);
    index.delete(added.grantId);
    assert.deepEqual(index.concerning(ALICE, directory), []);
    assert.ok(looks <= 4, `${looks} looks`);
  });
});
