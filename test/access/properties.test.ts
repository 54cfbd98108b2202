/** What must hold of every decision, tried on generated policies and requests. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Principal } from '../../src/access/caller.ts';
import { simulate } from '../../src/access/simulate.ts';
import {
  HOME,
  KEY,
  OTHER,
  OTHER_KEY,
  ask,
  identityOf,
  policy,
  roleArn,
  root,
  session,
  user,
} from './world.ts';
import type { StatementText } from './world.ts';

const some = <T>(...values: T[]): fc.Arbitrary<T> => fc.constantFrom(...values);

const PRINCIPALS: readonly Principal[] = [
  root(),
  user(),
  user('bob'),
  session(),
  user('bob', OTHER),
  session('app', 'x', { accountId: OTHER }),
];
const NAMES = ['*', HOME, OTHER, ...PRINCIPALS.map(({ arn }) => arn), roleArn('app'), roleArn('app', OTHER)];

const condition = fc.option(
  fc.tuple(
    some(
      'StringEquals',
      'StringNotEquals',
      'StringLikeIfExists',
      'ForAnyValue:StringEquals',
      'ForAllValues:StringEquals',
      'Null',
    ),
    some('test:a', 'test:b', 'kms:CallerAccount'),
    some('x', 'y', 'true', '*'),
  ),
  { nil: undefined },
);

const actions = fc.uniqueArray(some('kms:*', 'kms:Decrypt', 'kms:Encrypt', 'kms:ReEncrypt*', '*'), {
  minLength: 1,
  maxLength: 3,
});

const statement = (principals: boolean): fc.Arbitrary<StatementText> =>
  fc
    .record({
      effect: some('Allow' as const, 'Allow' as const, 'Deny' as const),
      negatedAction: fc.boolean(),
      actions,
      resource: some('*', KEY, OTHER_KEY, `arn:aws:kms:*:${HOME}:key/*`),
      names: fc.uniqueArray(some(...NAMES), { minLength: 1, maxLength: 3 }),
      condition,
    })
    .map(({ effect, negatedAction, actions, resource, names, condition }) => ({
      Effect: effect,
      ...(principals && { Principal: { AWS: names } }),
      ...(negatedAction ? { NotAction: actions } : { Action: actions }),
      Resource: resource,
      ...(condition && {
        // the values of Null are true and false
        Condition: { [condition[0]]: { [condition[1]]: condition[0] === 'Null' ? 'true' : condition[2] } },
      }),
    }));

const keyStatements = fc.array(statement(true), { minLength: 1, maxLength: 5 });
const iamStatements = fc.array(statement(false), { minLength: 0, maxLength: 4 });

const request = fc.record({
  who: some(...PRINCIPALS),
  action: some('kms:Decrypt', 'kms:Encrypt', 'kms:ReEncryptFrom'),
  context: fc.record(
    {
      'test:a': some<string | string[]>('x', 'y', ['x', 'y'], []),
      'test:b': some<string | string[]>('x', 'true'),
    },
    { requiredKeys: [] },
  ),
});

type Request = typeof request extends fc.Arbitrary<infer T> ? T : never;

const decide = (key: StatementText[], iam: StatementText[], wanted: Request): boolean =>
  ask({
    ...wanted,
    key: policy(...key),
    iam: iam.length === 0 ? [] : [policy(...iam)],
    context: { ...wanted.context, 'kms:CallerAccount': wanted.who.accountId },
  }).allowed;

const RUNS = { numRuns: 1_500 };

describe('whatever the policies are', () => {
  it('another Deny never allows, wherever it is put', () => {
    fc.assert(
      fc.property(
        keyStatements,
        iamStatements,
        request,
        statement(true),
        statement(false),
        (key, iam, wanted, inKey, inIam) => {
          if (decide(key, iam, wanted)) return;
          assert.equal(decide([...key, { ...inKey, Effect: 'Deny' }], iam, wanted), false);
          assert.equal(decide(key, [...iam, { ...inIam, Effect: 'Deny' }], wanted), false);
        },
      ),
      RUNS,
    );
  });

  it('one Allow less never allows', () => {
    fc.assert(
      fc.property(keyStatements, iamStatements, request, fc.nat(8), (key, iam, wanted, which) => {
        if (decide(key, iam, wanted)) return;
        const without = (list: StatementText[]): StatementText[] => {
          const allows = list.filter(({ Effect }) => Effect === 'Allow');
          const gone = allows[which % Math.max(1, allows.length)];
          return list.filter((candidate) => candidate !== gone);
        };
        const fewer = without(key);
        if (fewer.length > 0) assert.equal(decide(fewer, iam, wanted), false);
        assert.equal(decide(key, without(iam), wanted), false);
      }),
      RUNS,
    );
  });

  it('order and repetition of statements never matter', () => {
    fc.assert(
      fc.property(keyStatements, iamStatements, request, fc.nat(100), (key, iam, wanted, by) => {
        const turned = <T>(list: T[]): T[] => [
          ...list.slice(by % (list.length || 1)),
          ...list.slice(0, by % (list.length || 1)),
        ];
        const expected = decide(key, iam, wanted);
        assert.equal(decide(turned(key), turned(iam), wanted), expected);
        assert.equal(decide([...key].reverse(), [...iam].reverse(), wanted), expected);
        assert.equal(decide([...key, ...key], [...iam, ...iam], wanted), expected);
      }),
      RUNS,
    );
  });

  it('an explanation says what the decision says, and what is needed when it is a denial', () => {
    fc.assert(
      fc.property(keyStatements, iamStatements, request, (key, iam, wanted) => {
        const explained = simulate({
          principal: wanted.who,
          identity: identityOf({ iam: iam.length === 0 ? [] : [policy(...iam)] }),
          action: wanted.action,
          resource: KEY,
          resourceAccountId: HOME,
          resourcePolicy: policy(...key),
          context: wanted.context,
        });
        const allowed = decide(key, iam, wanted);
        assert.equal(explained.decision === 'allowed', allowed);
        assert.equal(explained.needed.length > 0, !allowed);
        for (const { start, end } of explained.matched)
          assert.ok(start.line === 1 && end.column > start.column);
        if (explained.decision === 'explicitDeny') assert.equal(explained.matched.length, 1);
      }),
      RUNS,
    );
  });

  it('nobody of another account gets in where the key policy names neither it nor everyone', () => {
    fc.assert(
      fc.property(keyStatements, iamStatements, request, (key, iam, wanted) => {
        fc.pre(wanted.who.accountId === OTHER);
        const about = key.some(({ Principal }) =>
          (Principal as { AWS: string[] }).AWS.some((name) => name === '*' || name.includes(OTHER)),
        );
        if (!about) assert.equal(decide(key, iam, wanted), false);
      }),
      RUNS,
    );
  });
});
