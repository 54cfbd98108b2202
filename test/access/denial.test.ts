/** The words of denials, and the sealed message that goes with them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createAccessControl } from '../../src/access/access-control.ts';
import type { AccessRequest } from '../../src/access/access-control.ts';
import { createAuthorizationMessages } from '../../src/access/authorization-message.ts';
import type { Principal } from '../../src/access/caller.ts';
import { AccessDenied } from '../../src/access/denial.ts';
import { GrantIndex } from '../../src/access/grant-index.ts';
import {
  HOME,
  KEY,
  OTHER,
  allow,
  deny,
  identityOf,
  letIn,
  policy,
  root,
  rootOf,
  session,
  user,
} from './world.ts';

const messages = createAuthorizationMessages(Buffer.alloc(32, 7));

function denied(
  who: Principal,
  wanted: Partial<AccessRequest>,
  policies: { iam?: string[]; boundary?: string } = {},
): AccessDenied {
  const access = createAccessControl({
    directory: {
      policiesOf: () => identityOf(policies),
      uniqueIdOf: () => undefined,
      arnOf: () => undefined,
      isAccount: () => true,
    },
    grantsOf: () => new GrantIndex(),
    clock: () => 0,
    messages,
  });
  const caller = { accountId: who.accountId, arn: who.arn, accessKeyId: '', principal: who, identity: {} };
  const request = {
    caller,
    region: 'us-east-1',
    requestId: '',
    origin: { sourceIp: '192.0.2.1', userAgent: '' },
  };
  try {
    access.authorize({ request, action: 'kms:Decrypt', resource: KEY, resourceAccountId: HOME, ...wanted });
  } catch (error) {
    assert.ok(error instanceof AccessDenied);
    return error;
  }
  throw new Error('was expected to be denied');
}

const ACCOUNT = policy(letIn(rootOf(HOME)));
const WHO = `User: ${user().arn} is not authorized to perform: kms:Decrypt on resource: ${KEY}`;
const LISTING = policy(allow({ Action: 'kms:List*' }));

describe('a denial', () => {
  const rows: [
    text: string,
    who: Principal,
    keyPolicy: string,
    policies: { iam?: string[]; boundary?: string },
  ][] = [
    [`${WHO} because no identity-based policy allows the kms:Decrypt action`, user(), ACCOUNT, {}],
    [
      `${WHO} because no resource-based policy allows the kms:Decrypt action`,
      user(),
      policy(letIn(user('bob').arn)),
      {},
    ],
    [
      `${WHO} because no permissions boundary allows the kms:Decrypt action`,
      user(),
      ACCOUNT,
      { iam: [policy(allow())], boundary: LISTING },
    ],
    [`${WHO} with an explicit deny in an identity-based policy`, user(), ACCOUNT, { iam: [policy(deny())] }],
    [
      `${WHO} with an explicit deny in a resource-based policy`,
      user(),
      policy(letIn(HOME), deny({ Principal: '*' })),
      {},
    ],
    [`${WHO} with an explicit deny in a permissions boundary`, user(), ACCOUNT, { boundary: policy(deny()) }],
  ];
  for (const [text, who, keyPolicy, policies] of rows) {
    it(`is told as AWS tells it: ${text.slice(WHO.length + 1)}`, () => {
      assert.equal(denied(who, { keyPolicy }, policies).message, text);
    });
  }

  it('of a session names the session', () => {
    const who = session('app', 'one', { policies: [LISTING] });
    const error = denied(who, { keyPolicy: ACCOUNT }, { iam: [policy(allow())] });
    assert.equal(
      error.message,
      `User: ${who.arn} is not authorized to perform: kms:Decrypt on resource: ${KEY} because no session policy allows the kms:Decrypt action`,
    );
  });

  it('without a key is about *', () => {
    const error = denied(user(), { action: 'kms:ListKeys', resource: '*' });
    assert.equal(
      error.message,
      `User: ${user().arn} is not authorized to perform: kms:ListKeys on resource: * because no identity-based policy allows the kms:ListKeys action`,
    );
    assert.equal(error.code, 'AccessDeniedException');
  });

  it('of IAM and STS has their code', () => {
    assert.equal(denied(user(), { action: 'iam:GetUser', resource: user().arn }).code, 'AccessDenied');
  });

  it('about a ciphertext of another account’s key tells nothing of the key', () => {
    const error = denied(root(OTHER), { keyPolicy: ACCOUNT, foundBy: 'ciphertext' });
    assert.equal(
      error.message,
      `User: ${rootOf(OTHER)} is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext ` +
        'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access',
    );
  });

  it('carries its reason and a sealed account of the decision', () => {
    const Condition = { StringEquals: { 'aws:SourceIp': '192.0.2.1' } };
    const error = denied(
      user(),
      { keyPolicy: ACCOUNT },
      { iam: [policy(allow(), deny({ Sid: 'no', Condition }))] },
    );
    assert.equal(error.record.authorizationReason, 'deny-in-identity-policy');
    const text = messages.decode(error.record.encodedAuthorizationMessage ?? '');
    const message = JSON.parse(text ?? '') as Record<string, unknown>;
    assert.deepEqual(
      [message['allowed'], message['explicitDeny'], message['reason']],
      [false, true, 'deny-in-identity-policy'],
    );
    assert.deepEqual(message['context'], {
      principal: { id: user().userId, arn: user().arn },
      action: 'kms:Decrypt',
      resource: KEY,
      conditions: { items: [{ key: 'aws:sourceip', values: { items: [{ value: '192.0.2.1' }] } }] },
    });
    assert.match(text ?? '', /"statementId":"no","effect":"Deny"/);
  });

  it('tells the caller’s account nothing of what another account’s key policy says', () => {
    const keyPolicy = policy(letIn(OTHER), deny({ Sid: 'secret', Principal: { AWS: OTHER } }));
    const error = denied(user('bob', OTHER), { keyPolicy, acrossAccounts: true });
    // nothing more than for a key that is not there
    assert.deepEqual(error.record, { authorizationReason: 'no-resource-policy' });
  });
});

describe('an encoded authorization message', () => {
  const { encodedAuthorizationMessage: encoded = '' } = denied(user(), { keyPolicy: ACCOUNT }).record;

  it('is opened by nobody else, and not when anything of it was changed', () => {
    assert.ok(messages.decode(encoded));
    assert.equal(createAuthorizationMessages(Buffer.alloc(32, 8)).decode(encoded), undefined);
    const bytes = Buffer.from(encoded, 'base64url');
    for (let i = 0; i < bytes.length; i += 1) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] as number) ^ 1;
      assert.equal(messages.decode(changed.toString('base64url')), undefined, `byte ${i}`);
    }
    for (const text of ['', 'AQ', encoded.slice(0, -4), `${encoded}A`, `${encoded}=`, `${encoded} `]) {
      assert.equal(messages.decode(text), undefined);
    }
  });
});
