/** Policies and requests that were made to be compared for long: a decision ends, and it ends with a denial. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAccessControl } from '../../src/access/access-control.ts';
import { createAuthorizationMessages } from '../../src/access/authorization-message.ts';
import { GrantIndex } from '../../src/access/grant-index.ts';
import { compilePattern, patternPieces, MatchingTooCostly } from '../../src/access/policy/wildcards.ts';
import { HOME, KEY, allow, ask, deny, letIn, policy, root, rootOf, user } from './world.ts';
import type { StatementText } from './world.ts';

const MARK = 'kms:EncryptionContext:mark';
/** As long as an encryption context may be. */
const LONG = 'a'.repeat(8_000);
const HARD = `*${'a'.repeat(3_000)}b`;

const access = createAccessControl({
  directory: {
    policiesOf: () => ({ policies: [], boundary: undefined }),
    uniqueIdOf: () => undefined,
    arnOf: () => undefined,
    isAccount: () => true,
  },
  grantsOf: () => new GrantIndex(),
  clock: () => 0,
  messages: createAuthorizationMessages(Buffer.alloc(32, 7)),
});

function decided(mark: string, ...statements: StatementText[]) {
  const principal = root();
  const caller = { accountId: HOME, arn: principal.arn, accessKeyId: '', principal, identity: {} };
  const origin = { sourceIp: '192.0.2.1', userAgent: '' };
  return access.decide({
    request: { caller, region: 'us-east-1', requestId: '', origin },
    ...{ action: 'kms:Decrypt', resource: KEY, resourceAccountId: HOME },
    keyPolicy: policy(letIn(rootOf(HOME)), ...statements),
    context: () => ({ [MARK]: mark }),
  });
}

const marked = (operator: string): Partial<StatementText> => ({
  Principal: '*',
  Condition: { [operator]: { [MARK]: HARD } },
});

describe('a decision', () => {
  it('is a denial when matching takes too long, whatever the statement would say', () => {
    for (const statement of [
      deny(marked('StringLike')),
      deny(marked('StringNotLike')),
      allow(marked('StringLike')),
    ]) {
      const { allowed, reason } = decided(LONG, statement);
      assert.deepEqual([allowed, reason], [false, 'too-costly']);
    }
  });

  it('is a denial too when each of many patterns fails at its first character, everywhere in a long text', () => {
    const Condition = { StringLike: { [MARK]: Array<string>(6_000).fill('*b') } };
    assert.equal(decided(LONG, deny({ Principal: '*', Condition })).reason, 'too-costly');
  });

  it('is a denial too when a long text is put into many patterns', () => {
    for (const value of [`\${${MARK}}?*b`, `*\${${MARK}}*b`]) {
      const Condition = { StringLike: { [MARK]: Array<string>(900).fill(value) } };
      assert.equal(decided(LONG, deny({ Principal: '*', Condition })).reason, 'too-costly');
      assert.equal(decided('short', deny({ Principal: '*', Condition })).allowed, true);
    }
  });

  it('is not spoilt by the ones before it', () => {
    for (let n = 0; n < 3; n += 1)
      assert.equal(decided(LONG, deny(marked('StringLike'))).reason, 'too-costly');
    assert.equal(decided('short', deny(marked('StringLike'))).allowed, true);
    const found = deny({ Principal: '*', Condition: { StringLike: { [MARK]: '*needle*' } } });
    assert.equal(decided(`${LONG}needle`, found).reason, 'deny-in-resource-policy');
    assert.equal(decided(LONG, found).allowed, true);
  });

  it('reads no number out of a long text more than once', () => {
    const Condition = { NumericEquals: { [MARK]: '1' } };
    const context = { [MARK]: `${'1'.repeat(250_000)}x` };
    const made = ask({
      who: user(),
      key: policy(letIn(rootOf(HOME))),
      iam: [policy(allow({ Condition }))],
      context,
    });
    assert.equal(made.reason, 'no-identity-policy');
  });

  it('reads a long text of the request once, and not for each value that it is compared with', () => {
    const digits = '1'.repeat(250_000);
    const cases: [operator: string, value: unknown, text: string][] = [
      ['NumericEquals', 1, digits],
      ['DateEquals', '2026', digits],
      ['Bool', true, 'A'.repeat(250_000)],
      ['StringEqualsIgnoreCase', 'a', 'A'.repeat(250_000)],
      ['ArnEquals', 'arn:::::a', `arn${':'.repeat(250_000)}`],
    ];
    const began = process.cpuUsage();
    for (const [operator, value, text] of cases) {
      const Condition = { [operator]: { [MARK]: Array<unknown>(6_000).fill(value) } };
      assert.equal(decided(text, deny({ Principal: '*', Condition })).allowed, true, operator);
    }
    assert.ok(process.cpuUsage(began).user < 2_000_000, 'some 10 ms of work, and not many seconds');
  });
});

describe('a pattern', () => {
  it('is given up when texts were made for it', () => {
    const matches = compilePattern(patternPieces(HARD));
    assert.throws(() => {
      for (let n = 0; n < 100; n += 1) matches(LONG);
    }, MatchingTooCostly);
  });
});
