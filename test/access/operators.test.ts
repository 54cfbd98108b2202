/**
 * Every operator with every modifier and every state of the request's key, under Allow and under Deny. What is expected comes
 * from TRUTH, a table that is written from AWS's pages and knows nothing of the code.
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OPERATOR_NAMES } from '../../src/access/policy/operators.ts';
import type { OperatorName } from '../../src/access/policy/operators.ts';
import { allow, ask, deny, policy, user } from './world.ts';

/** Values of the policy, one that matches any of them, and one that matches none. */
type Sample = { policy: unknown; matching: string; other: string };

const ARN_SAMPLE: Sample = {
  policy: ['arn:aws:s3:::nowhere', 'arn:aws:s3:*:111122223333:bucket/a?c*'],
  matching: 'arn:aws:s3:eu-west-1:111122223333:bucket/abc/d:e',
  other: 'arn:aws:s3:eu-west-1:444455556666:bucket/abc',
};
const NUMBER = (matching: string, other: string): Sample => ({ policy: 10, matching, other });
const DATE = (matching: string, other: string): Sample => ({
  policy: '2026-01-01T00:00:00Z',
  matching,
  other,
});

/** The matching value fits what the operator compares with before a negation. */
const SAMPLES: Readonly<Record<Exclude<OperatorName, 'Null'>, Sample>> = {
  StringEquals: { policy: ['one', 'two'], matching: 'two', other: 'Two' },
  StringNotEquals: { policy: ['one', 'two'], matching: 'one', other: 'ONE' },
  StringEqualsIgnoreCase: { policy: 'One', matching: 'oNE', other: 'ones' },
  StringNotEqualsIgnoreCase: { policy: 'One', matching: 'ONE', other: 'on' },
  StringLike: { policy: ['x', 'a*c?'], matching: 'a--cd', other: 'a--c' },
  StringNotLike: { policy: ['x', 'a*'], matching: 'abc', other: 'bc' },
  NumericEquals: NUMBER('10.0', '11'),
  NumericNotEquals: NUMBER('1e1', '9'),
  NumericLessThan: NUMBER('9.5', '10'),
  NumericLessThanEquals: NUMBER('10', '10.5'),
  NumericGreaterThan: NUMBER('11', '10'),
  NumericGreaterThanEquals: NUMBER('10', '-10'),
  DateEquals: DATE('1767225600', '2026-01-02'),
  DateNotEquals: DATE('2026-01-01', '2025-12-31T23:59:59Z'),
  DateLessThan: DATE('2025-12-31', '2026-01-01'),
  DateLessThanEquals: DATE('2026-01-01T01:00:00+01:00', '2026-01-01T00:00:01Z'),
  DateGreaterThan: DATE('2027-01-01', '1767225600'),
  DateGreaterThanEquals: DATE('1767225600', '2025-01-01'),
  Bool: { policy: true, matching: 'TRUE', other: 'false' },
  BinaryEquals: { policy: 'QmluYXJ5', matching: 'QmluYXJ5', other: 'QmluYXJ6' },
  IpAddress: { policy: ['192.0.2.0/24', '2001:db8::/32'], matching: '2001:db8:1::1', other: '192.0.3.1' },
  NotIpAddress: { policy: '203.0.113.7', matching: '::ffff:203.0.113.7', other: '203.0.113.8' },
  ArnEquals: ARN_SAMPLE,
  ArnLike: ARN_SAMPLE,
  ArnNotEquals: ARN_SAMPLE,
  ArnNotLike: ARN_SAMPLE,
};
const NEGATED = new Set<OperatorName>([
  'StringNotEquals',
  'StringNotEqualsIgnoreCase',
  'StringNotLike',
  'NumericNotEquals',
  'DateNotEquals',
  'NotIpAddress',
  'ArnNotEquals',
  'ArnNotLike',
]);

const STATES = ['matching', 'other', 'absent', 'empty', 'several'] as const;
type State = (typeof STATES)[number];

/** T holds, F does not, E: holds under Deny and not under Allow (several values where one is expected fail closed). */
type Truth = Readonly<Record<State, 'T' | 'F' | 'E'>>;
const truth = (text: string): Truth =>
  Object.fromEntries(STATES.map((state, i) => [state, text.split(' ')[i]])) as Truth;

const RULES = {
  plain:
    'IAM JSON policy elements: Condition operators; missing keys: "Conditions with multiple context keys or values"',
  ifExists: 'IAM JSON policy elements: Condition operators, …IfExists',
  set: 'Set operators for multivalued context keys',
};

/** By modifier: what holds of a positive operator, and of a negated one, in the order of STATES. */
const TRUTH: readonly {
  write: (operator: string) => string;
  rule: string;
  positive: Truth;
  negated: Truth;
}[] = [
  { write: (o) => o, rule: RULES.plain, positive: truth('T F F F E'), negated: truth('F T T T E') },
  {
    write: (o) => `${o}IfExists`,
    rule: RULES.ifExists,
    positive: truth('T F T T E'),
    negated: truth('F T T T E'),
  },
  {
    write: (o) => `ForAnyValue:${o}`,
    rule: RULES.set,
    positive: truth('T F F F T'),
    negated: truth('F T F F T'),
  },
  {
    write: (o) => `ForAllValues:${o}`,
    rule: RULES.set,
    positive: truth('T F T T F'),
    negated: truth('F T T T F'),
  },
  {
    write: (o) => `ForAnyValue:${o}IfExists`,
    rule: `${RULES.set}; ${RULES.ifExists}`,
    positive: truth('T F T T T'),
    negated: truth('F T T T T'),
  },
  {
    write: (o) => `ForAllValues:${o}IfExists`,
    rule: `${RULES.set}; ${RULES.ifExists}`,
    positive: truth('T F T T F'),
    negated: truth('F T T T F'),
  },
];

const KEY_NAME = 'test:Value';

function valuesIn(state: State, { matching, other }: Sample): readonly string[] | undefined {
  switch (state) {
    case 'matching':
      return [matching];
    case 'other':
      return [other];
    case 'absent':
      return undefined;
    case 'empty':
      return [];
    case 'several':
      return [matching, other];
  }
}

/** Whether a condition holds, seen through the decision that it makes. */
function holds(
  effect: 'Allow' | 'Deny',
  operator: string,
  value: unknown,
  values: readonly string[] | undefined,
): boolean {
  const Condition = { [operator]: { [KEY_NAME]: value } };
  const iam = effect === 'Allow' ? [policy(allow({ Condition }))] : [policy(allow(), deny({ Condition }))];
  const { allowed } = ask({ who: user(), iam, context: { 'TEST:value': values } });
  return effect === 'Allow' ? allowed : !allowed;
}

describe('condition operators', () => {
  it('are the 27 of AWS', () => {
    assert.equal(OPERATOR_NAMES.length, 27);
    assert.deepEqual([...OPERATOR_NAMES].sort(), [...Object.keys(SAMPLES), 'Null'].sort());
  });

  let cases = 0;
  for (const [name, sample] of Object.entries(SAMPLES)) {
    it(`${name} with every modifier and state of its key, under Allow and Deny`, () => {
      for (const { write, rule, positive, negated } of TRUTH) {
        const operator = write(name);
        const expected = NEGATED.has(name as OperatorName) ? negated : positive;
        for (const state of STATES) {
          for (const effect of ['Allow', 'Deny'] as const) {
            const wanted = expected[state] === 'E' ? effect === 'Deny' : expected[state] === 'T';
            const found = holds(effect, operator, sample.policy, valuesIn(state, sample));
            assert.equal(found, wanted, `${effect} ${operator}, key ${state} (${rule})`);
            cases += 1;
          }
        }
      }
    });
  }

  it('Null asks whether the key is there (Condition operators: Null)', () => {
    const rows: [unknown, readonly string[] | undefined, boolean][] = [
      ['true', undefined, true],
      ['true', [], true],
      ['true', ['x'], false],
      ['true', ['x', 'y'], false],
      ['false', undefined, false],
      ['false', [], false],
      ['false', ['x'], true],
      ['false', ['x', 'y'], true],
      [true, undefined, true],
      [false, ['x'], true],
    ];
    for (const [value, values, wanted] of rows) {
      for (const effect of ['Allow', 'Deny'] as const) {
        assert.equal(holds(effect, 'Null', value, values), wanted, `${effect} Null ${String(value)}`);
        cases += 1;
      }
    }
  });

  it('are tried in more than 1,000 cases', () => assert.ok(cases >= 1_000, String(cases)));

  const EDGES: [rule: string, operator: string, policy: unknown, value: string, holds: boolean][] = [
    ['String: * matches the empty run', 'StringLike', 'a*', 'a', true],
    ['String: ? is exactly one character', 'StringLike', 'a?', 'a', false],
    ['String: matching is over the whole value', 'StringLike', 'b', 'abc', false],
    ['String: StringEquals knows no wildcards', 'StringEquals', 'a*', 'abc', false],
    ['String: many stars', 'StringLike', '*a*a*a*a*b', 'a'.repeat(200), false],
    ['Numeric: what is no number matches nothing', 'NumericLessThan', '5', 'four', false],
    ['Numeric: and is therefore not equal', 'NumericNotEquals', '5', 'four', true],
    ['Date: years and months alone (W3C NOTE-datetime)', 'DateGreaterThan', '2025', '2025-06', true],
    ['Date: what is no date matches nothing', 'DateLessThan', '2026-01-01', 'soon', false],
    ['Bool: other words are neither', 'Bool', 'false', 'no', false],
    ['IP: a prefix inside a byte', 'IpAddress', '10.0.0.0/9', '10.127.255.255', true],
    ['IP: just outside of it', 'IpAddress', '10.0.0.0/9', '10.128.0.0', false],
    ['IP: /0 is every address of the family', 'IpAddress', '0.0.0.0/0', '8.8.8.8', true],
    ['IP: … and no other', 'IpAddress', '0.0.0.0/0', '2001:db8::1', false],
    ['IP: not an address', 'IpAddress', '0.0.0.0/0', 'localhost', false],
    ['ARN: * stays within its part', 'ArnLike', 'arn:aws:iam::*:user/a', 'arn:aws:iam::1:2:user/a', false],
    [
      'ARN: ArnEquals knows wildcards as ArnLike does',
      'ArnEquals',
      'arn:aws:iam::*:user/*',
      'arn:aws:iam::1:user/a/b',
      true,
    ],
    ['ARN: what is no ARN matches nothing', 'ArnLike', 'arn:*:*:*:*:*', 'user/a', false],
    ['ARN: and is therefore unlike it', 'ArnNotLike', 'arn:*:*:*:*:*', 'user/a', true],
  ];
  for (const [rule, operator, value, found, wanted] of EDGES) {
    it(`${operator}: ${rule}`, () => {
      assert.equal(holds('Allow', operator, value, [found]), wanted);
      assert.equal(holds('Deny', operator, value, [found]), wanted);
    });
  }

  const MULTIPLE: [rule: string, Condition: unknown, context: Record<string, string>, holds: boolean][] = [
    [
      'operators are joined by AND',
      { StringEquals: { 'a:a': 'x' }, Bool: { 'b:b': 'true' } },
      { 'a:a': 'x', 'b:b': 'false' },
      false,
    ],
    [
      'keys are joined by AND',
      { StringEquals: { 'a:a': 'x', 'b:b': 'y' } },
      { 'a:a': 'x', 'b:b': 'z' },
      false,
    ],
    ['all hold', { StringEquals: { 'a:a': 'x', 'b:b': 'y' } }, { 'a:a': 'x', 'b:b': 'y' }, true],
    ['values are joined by OR', { StringEquals: { 'a:a': ['w', 'x'] } }, { 'a:a': 'x' }, true],
    [
      'of a negated operator none may match',
      { StringNotEquals: { 'a:a': ['w', 'x'] } },
      { 'a:a': 'x' },
      false,
    ],
    ['an empty list of values matches nothing', { StringEquals: { 'a:a': [] } }, { 'a:a': 'x' }, false],
  ];
  for (const [rule, Condition, context, wanted] of MULTIPLE) {
    it(`${rule} (Conditions with multiple context keys or values)`, () => {
      assert.equal(ask({ who: user(), iam: [policy(allow({ Condition }))], context }).allowed, wanted);
      const denied = ask({ who: user(), iam: [policy(allow(), deny({ Condition }))], context });
      assert.equal(denied.allowed, !wanted);
    });
  }
});
