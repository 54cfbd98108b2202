/** Lists of principals and counts of who has which policy, as the memory of IAM gives them while it changes. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Group, Role, User } from '../../../src/services/iam/entities.ts';
import { Principals } from '../../../src/services/iam/principals.ts';

const ACCOUNT = '111122223333';
const OTHER = '444455556666';

const named = (name: string, accountId: string) => ({
  id: `${accountId} ${name}`,
  accountId,
  name,
  path: '/',
  createdAt: 0,
  inline: {},
});
const userOf = (name: string, rest: Partial<User> = {}, accountId = ACCOUNT): User => ({
  ...{ ...named(name, accountId), kind: 'user', attached: [], tags: {}, boundary: null, groups: [] },
  ...rest,
});
const groupOf = (name: string, rest: Partial<Group> = {}): Group => ({
  ...{ ...named(name, ACCOUNT), kind: 'group', attached: [] },
  ...rest,
});
const roleOf = (name: string, rest: Partial<Role> = {}): Role => ({
  ...{ ...named(name, ACCOUNT), kind: 'role', attached: [], tags: {}, boundary: null, trustPolicy: '{}' },
  ...{ description: null, maxSessionDuration: 3600, linkedService: null },
  ...rest,
});

describe('principals', () => {
  let principals: Principals;
  beforeEach(() => {
    principals = new Principals();
  });
  const users = (accountId = ACCOUNT): string[] => principals.list(accountId, 'user').map(({ name }) => name);

  it('keep a name that went to another, in whatever order both changes are taken over', () => {
    const old = userOf('alice');
    const heir = userOf('bob', { boundary: 'arn:aws:iam::aws:policy/IAMReadOnlyAccess' });
    const renamed = { ...heir, name: 'alice' };
    for (const goes of [() => principals.remove(old.id), () => principals.put({ ...old, name: 'carl' })]) {
      principals = new Principals();
      principals.put(old);
      principals.put(heir);
      principals.put(renamed);
      goes();
      const arn = `arn:aws:iam::${ACCOUNT}:user/alice`;
      assert.equal(principals.byArn(arn, ACCOUNT)?.id, heir.id);
      assert.equal(principals.find(ACCOUNT, 'user', 'alice')?.id, heir.id);
      assert.equal(principals.policiesOf(arn).boundary?.name, heir.boundary);
    }
    principals.remove(heir.id);
    assert.equal(principals.byArn(`arn:aws:iam::${ACCOUNT}:user/alice`, ACCOUNT), undefined);
  });

  it('are listed by name, whatever changed since they were listed last', () => {
    for (const name of ['carl', 'Alice']) principals.put(userOf(name));
    principals.put(userOf('zoe', {}, OTHER));
    assert.deepEqual(users(), ['Alice', 'carl']);
    principals.put(userOf('bob'));
    assert.deepEqual(users(), ['Alice', 'bob', 'carl']);
    principals.put(userOf('bob', { path: '/team/' }));
    assert.deepEqual(
      principals.list(ACCOUNT, 'user').map(({ path }) => path),
      ['/', '/team/', '/'],
    );
    principals.put({ ...userOf('bob'), name: 'dora' });
    assert.deepEqual(users(), ['Alice', 'carl', 'dora']);
    principals.remove(userOf('carl').id);
    assert.deepEqual(users(), ['Alice', 'dora']);
    assert.deepEqual([users(OTHER), principals.list(ACCOUNT, 'role')], [['zoe'], []]);
    const others = new Principals();
    others.put(userOf('eve'));
    principals.become(others);
    assert.deepEqual([users(), users(OTHER)], [['eve'], []]);
  });

  it('are members of their group by name', () => {
    const group = groupOf('admins');
    principals.put(group);
    for (const name of ['carl', 'Alice', 'bob']) principals.put(userOf(name, { groups: [group.id] }));
    assert.deepEqual(
      principals.membersOf(group).map(({ name }) => name),
      ['Alice', 'bob', 'carl'],
    );
  });

  it('are counted for all policies together as for each policy alone', () => {
    const POLICIES = ['arn:one', 'arn:two', 'arn:three'];
    const rights = fc.record({
      kind: fc.constantFrom('user', 'group', 'role'),
      attached: fc.subarray(POLICIES),
      boundary: fc.option(fc.constantFrom(...POLICIES)),
    });
    fc.assert(
      fc.property(fc.array(rights, { maxLength: 12 }), (all) => {
        const some = new Principals();
        all.forEach(({ kind, attached, boundary }, index) => {
          if (kind === 'group') some.put(groupOf(`g${index}`, { attached }));
          else if (kind === 'user') some.put(userOf(`u${index}`, { attached, boundary }));
          else some.put(roleOf(`r${index}`, { attached, boundary }));
        });
        some.put(userOf('stranger', { attached: POLICIES, boundary: 'arn:one' }, OTHER));
        const uses = some.policyUses(ACCOUNT);
        for (const policyArn of POLICIES) {
          const { attached, bounded } = some.entitiesWith(ACCOUNT, policyArn);
          const { attached: attachments = 0, bounded: boundaries = 0 } = uses.get(policyArn) ?? {};
          assert.deepEqual([attachments, boundaries], [attached.length, bounded.length]);
        }
      }),
    );
  });
});
