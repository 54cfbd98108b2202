import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constraintsHold, isAsStrict, isNoWider } from '../../src/access/grant-constraints.ts';
import type { Grant } from '../../src/access/grant.ts';

type Pairs = Record<string, string>;
type Constraints = Grant['constraints'];

const equals = (pairs: Pairs): Constraints => ({ kind: 'EncryptionContextEquals', pairs });
const subset = (pairs: Pairs): Constraints => ({ kind: 'EncryptionContextSubset', pairs });

/** Names that trip code which takes an object for a map, and one name in two cases. */
const NAMES = ['a', 'A', 'constructor', '__proto__'] as const;
const VALUES = ['x', 'X'] as const;

/** Every context over these names and values: 3^4, each name absent or with one of two values. */
function allContexts(names: readonly string[] = NAMES): Pairs[] {
  const [name, ...rest] = names;
  if (name === undefined) return [Object.create(null) as Pairs];
  return allContexts(rest).flatMap((pairs) => [
    pairs,
    ...VALUES.map((value) => {
      const more = Object.assign(Object.create(null) as Pairs, pairs);
      more[name] = value;
      return more;
    }),
  ]);
}

const CONTEXTS = allContexts();
const CONSTRAINTS: Constraints[] = [
  undefined,
  ...CONTEXTS.flatMap((pairs) => [equals(pairs), subset(pairs)]),
];

describe('grant constraints', () => {
  it('hold as AWS documents it', () => {
    const wanted = { Department: 'Finance' };
    const more = { Department: 'Finance', Purpose: 'Test' };
    const cases: [Constraints, Pairs | undefined, boolean][] = [
      [undefined, undefined, true],
      [undefined, more, true],
      [equals(wanted), wanted, true],
      [equals(wanted), more, false],
      [equals(wanted), undefined, false],
      [equals(wanted), { department: 'Finance' }, false],
      [equals(wanted), { Department: 'finance' }, false],
      [equals({}), undefined, true],
      [equals({}), wanted, false],
      [subset(wanted), wanted, true],
      [subset(wanted), more, true],
      [subset(more), wanted, false],
      [subset(wanted), {}, false],
    ];
    for (const [constraints, context, holds] of cases) {
      assert.equal(constraintsHold(constraints, context), holds, JSON.stringify([constraints, context]));
    }
  });

  it('let through exactly the same pairs, or all contexts with the pairs, whatever the names are', () => {
    for (const pairs of CONTEXTS) {
      for (const context of CONTEXTS) {
        const within = Object.entries(pairs).every(([name, value]) =>
          Object.entries(context).some(([other, given]) => other === name && given === value),
        );
        const same = within && Object.keys(pairs).length === Object.keys(context).length;
        assert.equal(constraintsHold(subset(pairs), context), within);
        assert.equal(constraintsHold(equals(pairs), context), same);
      }
    }
  });

  it('that count as strict as others never let through what the others do not', () => {
    for (const parent of CONSTRAINTS) {
      for (const child of CONSTRAINTS) {
        if (!isAsStrict(child, parent)) continue;
        for (const context of CONTEXTS) {
          assert.ok(!constraintsHold(child, context) || constraintsHold(parent, context));
        }
      }
    }
  });

  it('of a child grant may gain pairs or become an equality, and nothing else', () => {
    const one = { a: 'x' };
    const two = { a: 'x', b: 'y' };
    const cases: [Constraints, Constraints, boolean][] = [
      [undefined, undefined, true],
      [equals(one), undefined, true],
      [undefined, subset(one), false],
      [subset(one), subset(one), true],
      [subset(two), subset(one), true],
      [subset(one), subset(two), false],
      [equals(one), subset(one), true],
      [equals(two), subset(one), true],
      [equals({ b: 'y' }), subset(one), false],
      [equals(one), equals(one), true],
      [equals(two), equals(one), false],
      [subset(one), equals(one), false],
      [undefined, equals(one), false],
    ];
    for (const [child, parent, strict] of cases) {
      assert.equal(isAsStrict(child, parent), strict, JSON.stringify([child, parent]));
    }
  });

  it('are passed on with no operation that the parent grant lacks', () => {
    const parent = { operations: ['Decrypt', 'Encrypt', 'CreateGrant'], constraints: subset({ a: 'x' }) };
    assert.ok(isNoWider({ operations: ['Decrypt'], constraints: subset({ a: 'x' }) }, parent));
    assert.ok(!isNoWider({ operations: ['Decrypt', 'Sign'], constraints: subset({ a: 'x' }) }, parent));
    assert.ok(!isNoWider({ operations: ['Decrypt'], constraints: undefined }, parent));
  });
});
