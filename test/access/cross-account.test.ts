/**
 * Callers of one account, a key of another: both accounts must allow it, and one who is not let in learns nothing. The rule is
 * written once more here: allowed = the key's owner lets the caller in, and the caller's account lets it out.
 * KMS: "Allowing users in other accounts to use a KMS key"; IAM: "Cross-account policy evaluation logic".
 */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { denialText } from '../../src/access/denial.ts';
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
  letIn,
  policy,
  roleArn,
  root,
  rootOf,
  session,
  user,
} from './world.ts';

const bob = user('bob', OTHER);
const worker = session('worker', 'one', { accountId: OTHER });

/** What the owner of the key says, and whether that lets the caller in. */
const OWNER: Record<string, { policy: string; letsIn: boolean }> = {
  'nothing about it': { policy: policy(letIn(rootOf(HOME))), letsIn: false },
  'its account may': { policy: policy(letIn(rootOf(OTHER))), letsIn: true },
  'its account may, by number': { policy: policy(letIn(OTHER)), letsIn: true },
  'everyone may': { policy: policy(letIn('*')), letsIn: true },
  'another user of its account may': { policy: policy(letIn(user('carol', OTHER).arn)), letsIn: false },
  'its account may something else': {
    policy: policy({ ...letIn(OTHER), Action: 'kms:Encrypt' }),
    letsIn: false,
  },
  'its account may under a condition that does not hold': {
    policy: policy({ ...letIn(OTHER), Condition: { StringEquals: { 'kms:CallerAccount': HOME } } }),
    letsIn: false,
  },
  'its account may not': { policy: policy(letIn(OTHER), deny({ Principal: { AWS: OTHER } })), letsIn: false },
  'it may': { policy: policy(letIn(bob.arn, roleArn('worker', OTHER))), letsIn: true },
};

/** What the caller's account says, and whether that lets it out. */
const CALLER: Record<string, { iam: string[]; letsOut: boolean; denies: boolean }> = {
  nothing: { iam: [], letsOut: false, denies: false },
  'it may': { iam: [policy(allow({ Resource: KEY }))], letsOut: true, denies: false },
  'it may use another key': { iam: [policy(allow({ Resource: OTHER_KEY }))], letsOut: false, denies: false },
  'it may not': { iam: [policy(allow(), deny())], letsOut: false, denies: true },
};

const HIDDEN = (who: Principal): string =>
  `User: ${who.arn} is not authorized to perform: kms:Decrypt on this resource because the resource does not exist in ` +
  'this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access';

describe('across accounts', () => {
  let cases = 0;
  for (const [who, name] of [
    [bob, 'a user'],
    [worker, 'a role'],
  ] as const) {
    for (const [owner, { policy: key, letsIn }] of Object.entries(OWNER)) {
      for (const [caller, { iam, letsOut, denies }] of Object.entries(CALLER)) {
        it(`${name}: the key's owner says "${owner}", its own account says "${caller}"`, () => {
          const made = ask({ who, key, iam, context: { 'kms:CallerAccount': OTHER } });
          assert.equal(made.allowed, letsIn && letsOut);
          if (made.allowed) return;
          const text = denialText(made, { callerArn: who.arn, action: 'kms:Decrypt', resource: KEY });
          const because = denies
            ? 'with an explicit deny in an identity-based policy'
            : 'because no identity-based policy allows the kms:Decrypt action';
          const own = `User: ${who.arn} is not authorized to perform: kms:Decrypt on resource: ${KEY} ${because}`;
          assert.equal(text, letsIn ? own : HIDDEN(who));
        });
        cases += 1;
      }
    }
  }

  it('is tried in more than 40 cases', () => assert.ok(cases > 40, String(cases)));

  it('lets the root user of the other account in where the owner lets in the account', () => {
    assert.equal(ask({ who: root(OTHER), key: policy(letIn(OTHER)) }).allowed, true);
    assert.equal(ask({ who: root(OTHER), key: policy(letIn(HOME)) }).allowed, false);
  });

  it('is limited by boundary and session policies, also where the owner names the session', () => {
    const iam = [policy(allow())];
    const boundary = policy(allow({ Action: 'kms:List*' }));
    assert.equal(ask({ who: bob, key: policy(letIn(bob.arn)), iam, boundary }).reason, 'no-boundary');
    const limited = session('worker', 'one', { accountId: OTHER, policies: [boundary] });
    assert.equal(ask({ who: limited, key: policy(letIn(limited.arn)), iam }).reason, 'no-session-policy');
  });

  it('is not possible for operations that work in the key’s account only, whatever policies say', () => {
    const made = ask({ who: bob, key: policy(letIn('*')), iam: [policy(allow())], acrossAccounts: false });
    assert.deepEqual([made.allowed, made.reason, made.hidden], [false, 'not-across-accounts', true]);
  });

  const grantTo = (granteePrincipal: string): Grant => ({
    grantId: 'a'.repeat(64),
    keyArn: KEY,
    granteePrincipal,
    retiringPrincipal: undefined,
    operations: ['Decrypt'],
    constraints: undefined,
    issuingAccountId: HOME,
  });
  const silent = policy(letIn(HOME));
  for (const [grantee, who] of [
    [bob.arn, bob],
    [rootOf(OTHER), bob],
    [roleArn('worker', OTHER), worker],
    [worker.arn, worker],
  ] as const) {
    it(`a grant to ${grantee} needs no policy of either account, and no deny of the caller's`, () => {
      assert.equal(ask({ who, key: silent, grants: [grantTo(grantee)] }).reason, 'grant');
      const denied = ask({ who, key: silent, grants: [grantTo(grantee)], iam: [policy(deny())] });
      assert.equal(denied.reason, 'deny-in-identity-policy');
      const byOwner = policy(letIn(HOME), deny({ Principal: { AWS: OTHER } }));
      assert.equal(ask({ who, key: byOwner, grants: [grantTo(grantee)] }).reason, 'deny-in-resource-policy');
    });
  }
});
