/** Compiled policies that are kept: as many as there is room for what they are compiled to, whoever brings them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compiledInPassing, compiledPolicy } from '../../src/access/policy/compiled-policies.ts';
import { simulationResults } from '../../src/access/simulation-results.ts';
import { HOME, allow, policy, rootOf } from './world.ts';

/** A policy with many short values: it is compiled to far more than its text. */
function manyValued(sid: string, values = 30_000): string {
  const Condition = { StringEquals: { 'aws:username': Array.from({ length: values }, () => 'a') } };
  return policy(allow({ Sid: sid, Condition }));
}

const simulated = (documents: readonly string[]) =>
  simulationResults(
    {
      principalArn: undefined,
      accountId: HOME,
      policies: {
        policies: documents.map((document, index) => ({ name: `policy ${index}`, document })),
        boundary: undefined,
      },
      boundaries: [],
      resourcePolicy: undefined,
      resourceOwner: undefined,
      callerArn: rootOf(HOME).replace('root', 'user/alice'),
      context: [],
      grants: [],
    },
    [{ action: 'kms:Encrypt', resource: '*' }],
  );

describe('compiled policies', () => {
  it('are kept by their text', () => {
    const text = policy(allow({ Sid: 'kept' }));
    const compiled = compiledPolicy(text, 'identity');
    assert.equal(compiledPolicy(text, 'identity'), compiled);
    assert.notEqual(compiledPolicy(text, 'boundary'), compiled);
  });

  it('make room for others when what they are compiled to is large, however short their texts are', () => {
    const text = policy(allow({ Sid: 'oldest' }));
    const compiled = compiledPolicy(text, 'session');
    compiledPolicy(policy(allow({ Sid: 'small' })), 'session');
    assert.equal(compiledPolicy(text, 'session'), compiled);
    compiledPolicy(manyValued('first'), 'session');
    compiledPolicy(manyValued('second'), 'session');
    assert.notEqual(compiledPolicy(text, 'session'), compiled);
  });

  it('are not kept when they are compiled in passing', () => {
    const [known, fresh] = [policy(allow({ Sid: 'known' })), policy(allow({ Sid: 'fresh' }))];
    const kept = compiledPolicy(known, 'identity');
    const passing = compiledInPassing(() => {
      assert.equal(compiledPolicy(known, 'identity'), kept);
      assert.equal(compiledPolicy(fresh, 'identity'), compiledPolicy(fresh, 'identity'));
      return compiledPolicy(fresh, 'identity');
    });
    const afterwards = compiledPolicy(fresh, 'identity');
    assert.notEqual(afterwards, passing);
    assert.equal(compiledPolicy(fresh, 'identity'), afterwards);
  });

  it('are kept again after work in passing that failed', () => {
    const fail = (): never => {
      throw new Error('failed');
    };
    assert.throws(() => compiledInPassing(fail), /failed/);
    const text = policy(allow({ Sid: 'afterwards' }));
    assert.equal(compiledPolicy(text, 'identity'), compiledPolicy(text, 'identity'));
  });

  it('are not driven out by those of a simulation', () => {
    const text = policy(allow({ Sid: 'decides' }));
    const compiled = compiledPolicy(text, 'identity');
    const documents = ['one', 'two', 'three'].map((sid) => manyValued(sid));
    assert.equal(simulated(documents)[0]?.EvalDecision, 'implicitDeny');
    assert.equal(simulated([text])[0]?.EvalDecision, 'allowed');
    assert.equal(compiledPolicy(text, 'identity'), compiled);
  });
});
