/** Decisions about keys of the caller's own account, and about what has no policy of its own. Each row cites its rule. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ReasonId } from '../../src/access/decision.ts';
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
  service,
  session,
  user,
} from './world.ts';
import type { Ask } from './world.ts';

const ACCOUNT = letIn(rootOf(HOME));
const ALICE = user().arn;
const APP = roleArn('app');
const SESSION = session().arn;
const FORBID_ALL = policy(deny());
const ONLY_LISTING = policy(allow({ Action: 'kms:List*' }));
const ANYTHING = policy(allow());

type Row = [rule: string, wanted: Ask, reason: ReasonId];

const KEY_POLICIES = 'KMS: Key policies in AWS KMS';
const DEFAULT = 'KMS: Default key policy; Allows access to the account';
const LOGIC = 'IAM: Policy evaluation logic';
const BOUNDARIES = 'IAM: Permissions boundaries for IAM entities';
const SESSIONS = 'IAM: Session policies';
const PRINCIPALS = 'IAM JSON policy elements: Principal';
const NOT_PRINCIPAL = 'IAM JSON policy elements: NotPrincipal';

const ROWS: readonly Row[] = [
  // the account statement
  [`${DEFAULT}: root user`, { who: root(), key: policy(ACCOUNT) }, 'account-root'],
  [`${DEFAULT}: a user needs IAM`, { who: user(), key: policy(ACCOUNT) }, 'no-identity-policy'],
  [`${DEFAULT}: and has it`, { who: user(), key: policy(ACCOUNT), iam: [ANYTHING] }, 'key-policy-and-iam'],
  [
    `${DEFAULT}: account number`,
    { who: user(), key: policy(letIn(HOME)), iam: [ANYTHING] },
    'key-policy-and-iam',
  ],
  [
    `${DEFAULT}: IAM without the statement has no effect`,
    { who: user(), key: policy(letIn(user('bob').arn)), iam: [ANYTHING] },
    'no-resource-policy',
  ],
  [
    `${DEFAULT}: root user without the statement`,
    { who: root(), key: policy(letIn(ALICE)) },
    'no-resource-policy',
  ],
  [
    `${DEFAULT}: the statement's actions count`,
    { who: user(), key: policy({ ...ACCOUNT, Action: 'kms:Encrypt' }), iam: [ANYTHING] },
    'no-resource-policy',
  ],
  [
    `${DEFAULT}: the statement's conditions count`,
    {
      who: user(),
      key: policy({ ...ACCOUNT, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }),
      iam: [ANYTHING],
      context: { 'aws:SecureTransport': 'false' },
    },
    'no-resource-policy',
  ],
  [
    `${DEFAULT}: IAM for another key`,
    { who: user(), key: policy(ACCOUNT), iam: [policy(allow({ Resource: OTHER_KEY }))] },
    'no-identity-policy',
  ],
  [
    `${DEFAULT}: IAM for this key`,
    { who: user(), key: policy(ACCOUNT), iam: [policy(allow({ Resource: KEY }))] },
    'key-policy-and-iam',
  ],
  [
    'KMS: Specifying KMS keys in IAM policy statements: an alias is not the key',
    {
      who: user(),
      key: policy(ACCOUNT),
      iam: [policy(allow({ Resource: `arn:aws:kms:us-east-1:${HOME}:alias/app` }))],
    },
    'no-identity-policy',
  ],
  // principals
  [`${PRINCIPALS}: user`, { who: user(), key: policy(letIn(ALICE)) }, 'key-policy'],
  [`${PRINCIPALS}: another user`, { who: user('bob'), key: policy(letIn(ALICE)) }, 'no-resource-policy'],
  [`${PRINCIPALS}: unique id of the user`, { who: user(), key: policy(letIn(user().userId)) }, 'key-policy'],
  [
    `${PRINCIPALS}: unique id of one who is gone`,
    { who: user(), key: policy(letIn('AIDAGONEGONEGONEGONE1')) },
    'no-resource-policy',
  ],
  [
    `${PRINCIPALS}: role, in any session`,
    { who: session('app', 'two'), key: policy(letIn(APP)) },
    'key-policy',
  ],
  [
    `${PRINCIPALS}: unique id of the role`,
    { who: session(), key: policy(letIn('AROAAPP00000000000000')) },
    'key-policy',
  ],
  [`${PRINCIPALS}: one session`, { who: session(), key: policy(letIn(SESSION)) }, 'key-policy'],
  [
    `${PRINCIPALS}: another session`,
    { who: session('app', 'two'), key: policy(letIn(SESSION)) },
    'no-resource-policy',
  ],
  [
    `${PRINCIPALS}: role of the same name elsewhere`,
    { who: session(), key: policy(letIn(roleArn('app', OTHER))) },
    'no-resource-policy',
  ],
  [`${PRINCIPALS}: everyone`, { who: user(), key: policy(allow({ Principal: '*' })) }, 'key-policy'],
  [`${PRINCIPALS}: everyone as AWS`, { who: user(), key: policy(letIn('*')) }, 'key-policy'],
  [`${PRINCIPALS}: several are OR`, { who: user(), key: policy(letIn(APP, ALICE)) }, 'key-policy'],
  [
    `${PRINCIPALS}: user names are case-sensitive`,
    { who: user('Alice'), key: policy(letIn(ALICE)) },
    'no-resource-policy',
  ],
  [
    `${PRINCIPALS}: service`,
    {
      who: service('logs.eu-west-1.amazonaws.com'),
      key: policy(allow({ Principal: { Service: 'logs.eu-west-1.amazonaws.com' } })),
    },
    'key-policy',
  ],
  [
    `${PRINCIPALS}: another service`,
    {
      who: service('s3.amazonaws.com'),
      key: policy(allow({ Principal: { Service: 'logs.eu-west-1.amazonaws.com' } })),
    },
    'no-resource-policy',
  ],
  [
    `${PRINCIPALS}: a service is not the account`,
    { who: service('s3.amazonaws.com'), key: policy(ACCOUNT), iam: [ANYTHING] },
    'no-resource-policy',
  ],
  [
    `${PRINCIPALS}: a user whose name is a service's`,
    { who: user(), key: policy(allow({ Principal: { Service: ALICE } })) },
    'no-resource-policy',
  ],
  // actions and resources
  [
    'IAM JSON policy elements: Action: case does not count',
    { who: user(), key: policy({ ...letIn(ALICE), Action: 'KMS:decrypt' }) },
    'key-policy',
  ],
  [
    '…: wildcards inside',
    { who: user(), key: policy({ ...letIn(ALICE), Action: 'kms:?ecr*t' }) },
    'key-policy',
  ],
  ['…: * alone', { who: user(), key: policy({ ...letIn(ALICE), Action: '*' }) }, 'key-policy'],
  [
    '…: another service',
    { who: user(), key: policy({ ...letIn(ALICE), Action: 's3:*' }) },
    'no-resource-policy',
  ],
  [
    '…: kms:ReEncrypt* has both halves',
    { who: user(), action: 'kms:ReEncryptTo', key: policy({ ...letIn(ALICE), Action: 'kms:ReEncrypt*' }) },
    'key-policy',
  ],
  [
    'IAM JSON policy elements: NotAction: what is listed',
    {
      who: user(),
      key: policy({ Effect: 'Allow', Principal: { AWS: ALICE }, NotAction: 'kms:Decrypt', Resource: '*' }),
    },
    'no-resource-policy',
  ],
  [
    '…: what is not',
    {
      who: user(),
      key: policy({ Effect: 'Allow', Principal: { AWS: ALICE }, NotAction: 'kms:Encrypt', Resource: '*' }),
    },
    'key-policy',
  ],
  [
    `${KEY_POLICIES}: Resource may be the key's ARN`,
    { who: user(), key: policy({ ...letIn(ALICE), Resource: KEY }) },
    'key-policy',
  ],
  [
    `${KEY_POLICIES}: another ARN never matches`,
    { who: user(), key: policy({ ...letIn(ALICE), Resource: OTHER_KEY }) },
    'no-resource-policy',
  ],
  [
    `${KEY_POLICIES}: a statement without Action has no effect`,
    { who: user(), key: policy({ Effect: 'Allow', Principal: { AWS: ALICE }, Resource: '*' }) },
    'no-resource-policy',
  ],
  [
    `${KEY_POLICIES}: a statement without Resource has no effect`,
    { who: user(), key: policy({ Effect: 'Allow', Principal: { AWS: ALICE }, Action: 'kms:*' }) },
    'no-resource-policy',
  ],
  [
    'IAM JSON policy elements: NotResource',
    {
      who: user(),
      key: policy(ACCOUNT),
      iam: [policy({ Effect: 'Allow', Action: 'kms:*', NotResource: KEY })],
    },
    'no-identity-policy',
  ],
  [
    '…: and the complement',
    {
      who: user(),
      key: policy(ACCOUNT),
      iam: [policy({ Effect: 'Allow', Action: 'kms:*', NotResource: OTHER_KEY })],
    },
    'key-policy-and-iam',
  ],
  [
    'IAM JSON policy elements: Resource: wildcards',
    {
      who: user(),
      key: policy(ACCOUNT),
      iam: [policy(allow({ Resource: `arn:aws:kms:*:${HOME}:key/1234????-*` }))],
    },
    'key-policy-and-iam',
  ],
  [
    '…: case-sensitive',
    {
      who: user(),
      key: policy(ACCOUNT),
      iam: [policy(allow({ Resource: KEY.toUpperCase().replace('ARN', 'arn') }))],
    },
    'no-identity-policy',
  ],
  // explicit denies
  [
    `${LOGIC}: a deny in the key policy`,
    { who: user(), key: policy(letIn(ALICE), deny({ Principal: '*' })) },
    'deny-in-resource-policy',
  ],
  [
    `${LOGIC}: the order of statements does not count`,
    { who: user(), key: policy(deny({ Principal: '*' }), letIn(ALICE)) },
    'deny-in-resource-policy',
  ],
  [
    `${LOGIC}: a deny of the account denies its users`,
    { who: user(), key: policy(letIn(ALICE), deny({ Principal: { AWS: HOME } })) },
    'deny-in-resource-policy',
  ],
  [
    `${LOGIC}: and its root user`,
    { who: root(), key: policy(ACCOUNT, deny({ Principal: { AWS: HOME } })) },
    'deny-in-resource-policy',
  ],
  [
    `${LOGIC}: a deny of the role denies its sessions`,
    { who: session(), key: policy(letIn(SESSION), deny({ Principal: { AWS: APP } })) },
    'deny-in-resource-policy',
  ],
  [
    `${LOGIC}: a deny of someone else`,
    { who: user(), key: policy(letIn(ALICE), deny({ Principal: { AWS: APP } })) },
    'key-policy',
  ],
  [
    `${LOGIC}: a deny of another action`,
    { who: user(), key: policy(letIn(ALICE), deny({ Principal: '*', Action: 'kms:Encrypt' })) },
    'key-policy',
  ],
  [
    `${LOGIC}: an IAM deny beats the key policy`,
    { who: user(), key: policy(letIn(ALICE)), iam: [FORBID_ALL] },
    'deny-in-identity-policy',
  ],
  [
    `${LOGIC}: an IAM deny beats an IAM allow`,
    { who: user(), key: policy(ACCOUNT), iam: [ANYTHING, FORBID_ALL] },
    'deny-in-identity-policy',
  ],
  [
    `${LOGIC}: a deny in a boundary`,
    { who: user(), key: policy(letIn(ALICE)), boundary: FORBID_ALL },
    'deny-in-boundary',
  ],
  [
    `${LOGIC}: a deny in a session policy`,
    { who: session('app', 'one', { policies: [FORBID_ALL] }), key: policy(letIn(SESSION)) },
    'deny-in-session-policy',
  ],
  // NotPrincipal
  [
    `${NOT_PRINCIPAL}: those who are not listed`,
    {
      who: user('bob'),
      key: policy(letIn('*'), {
        Effect: 'Deny',
        NotPrincipal: { AWS: [ALICE, rootOf(HOME)] },
        Action: 'kms:*',
        Resource: '*',
      }),
    },
    'deny-in-resource-policy',
  ],
  [
    `${NOT_PRINCIPAL}: user and account are exempt`,
    {
      who: user(),
      key: policy(letIn('*'), {
        Effect: 'Deny',
        NotPrincipal: { AWS: [ALICE, rootOf(HOME)] },
        Action: 'kms:*',
        Resource: '*',
      }),
    },
    'key-policy',
  ],
  [
    `${NOT_PRINCIPAL}: the user alone is not enough`,
    {
      who: user(),
      key: policy(letIn('*'), {
        Effect: 'Deny',
        NotPrincipal: { AWS: ALICE },
        Action: 'kms:*',
        Resource: '*',
      }),
    },
    'deny-in-resource-policy',
  ],
  [
    `${NOT_PRINCIPAL}: a session needs session, role and account`,
    {
      who: session(),
      key: policy(letIn('*'), {
        Effect: 'Deny',
        NotPrincipal: { AWS: [SESSION, APP, HOME] },
        Action: 'kms:*',
        Resource: '*',
      }),
    },
    'key-policy',
  ],
  [
    `${NOT_PRINCIPAL}: the role alone is not enough`,
    {
      who: session(),
      key: policy(letIn('*'), {
        Effect: 'Deny',
        NotPrincipal: { AWS: [APP, HOME] },
        Action: 'kms:*',
        Resource: '*',
      }),
    },
    'deny-in-resource-policy',
  ],
  // boundaries
  [
    `${BOUNDARIES}: limits IAM`,
    { who: user(), key: policy(ACCOUNT), iam: [ANYTHING], boundary: ONLY_LISTING },
    'no-boundary',
  ],
  [
    `${BOUNDARIES}: gives nothing by itself`,
    { who: user(), key: policy(ACCOUNT), boundary: ANYTHING },
    'no-identity-policy',
  ],
  [
    `${BOUNDARIES}: both allow`,
    { who: user(), key: policy(ACCOUNT), iam: [ANYTHING], boundary: ANYTHING },
    'key-policy-and-iam',
  ],
  [
    `${BOUNDARIES}: not limiting for a user whom the key policy names`,
    { who: user(), key: policy(letIn(ALICE)), boundary: ONLY_LISTING },
    'key-policy',
  ],
  [
    `${BOUNDARIES}: limiting for a role that the key policy names`,
    { who: session(), key: policy(letIn(APP)), boundary: ONLY_LISTING },
    'no-boundary',
  ],
  [
    `${BOUNDARIES}: not limiting for the session that it names`,
    { who: session(), key: policy(letIn(SESSION)), boundary: ONLY_LISTING },
    'key-policy',
  ],
  [
    `${BOUNDARIES}: not limiting for everyone`,
    { who: session(), key: policy(letIn('*')), boundary: ONLY_LISTING },
    'key-policy',
  ],
  // session policies
  [
    `${SESSIONS}: limits IAM`,
    { who: session('app', 'one', { policies: [ONLY_LISTING] }), key: policy(ACCOUNT), iam: [ANYTHING] },
    'no-session-policy',
  ],
  [
    `${SESSIONS}: limits the role that the key policy names`,
    { who: session('app', 'one', { policies: [ONLY_LISTING] }), key: policy(letIn(APP)) },
    'no-session-policy',
  ],
  [
    `${SESSIONS}: not the session that it names`,
    { who: session('app', 'one', { policies: [ONLY_LISTING] }), key: policy(letIn(SESSION)) },
    'key-policy',
  ],
  [
    `${SESSIONS}: both allow`,
    { who: session('app', 'one', { policies: [ANYTHING] }), key: policy(ACCOUNT), iam: [ANYTHING] },
    'key-policy-and-iam',
  ],
  [
    `${SESSIONS}: gives nothing by itself`,
    { who: session('app', 'one', { policies: [ANYTHING] }), key: policy(ACCOUNT) },
    'no-identity-policy',
  ],
  [
    `${SESSIONS}: several of them are one`,
    {
      who: session('app', 'one', { policies: [ONLY_LISTING, ANYTHING] }),
      key: policy(ACCOUNT),
      iam: [ANYTHING],
    },
    'key-policy-and-iam',
  ],
  // no key
  [
    'KMS permissions: ListKeys: IAM alone',
    { who: user(), action: 'kms:ListKeys', resource: '*', iam: [ONLY_LISTING] },
    'iam',
  ],
  [
    'KMS permissions: ListKeys: nobody else',
    { who: user(), action: 'kms:ListKeys', resource: '*' },
    'no-identity-policy',
  ],
  [
    'KMS permissions: ListKeys: a statement for keys does not mean *',
    { who: user(), action: 'kms:ListKeys', resource: '*', iam: [policy(allow({ Resource: KEY }))] },
    'no-identity-policy',
  ],
  ['IAM: the root user of the account', { who: root(), action: 'kms:ListKeys', resource: '*' }, 'root-user'],
  [
    'IAM: a boundary limits it',
    { who: user(), action: 'kms:CreateKey', resource: '*', iam: [ANYTHING], boundary: ONLY_LISTING },
    'no-boundary',
  ],
  [
    'IAM: a session policy limits it',
    {
      who: session('app', 'one', { policies: [ONLY_LISTING] }),
      action: 'kms:CreateKey',
      resource: '*',
      iam: [ANYTHING],
    },
    'no-session-policy',
  ],
  [
    'IAM: a deny',
    { who: user(), action: 'kms:CreateKey', resource: '*', iam: [ANYTHING, FORBID_ALL] },
    'deny-in-identity-policy',
  ],
  [
    'IAM: nothing of another account',
    { who: root(OTHER), action: 'iam:GetUser', resource: ALICE },
    'no-resource-policy',
  ],
];

describe('decisions', () => {
  for (const [rule, wanted, reason] of ROWS) {
    it(`${rule}: ${reason}`, () => assert.equal(ask(wanted).reason, reason));
  }

  it('name the statements that decided, with their places', () => {
    const key = `{
  "Version": "2012-10-17",
  "Statement": [
    { "Sid": "account", "Effect": "Allow", "Principal": { "AWS": "${HOME}" }, "Action": "kms:*", "Resource": "*" }
  ]
}`;
    const iam = policy(allow({ Action: 'kms:List*' }), allow({ Sid: 'mine' }));
    const { statements } = ask({ who: user(), key, iam: [iam] });
    const shown = statements.map(({ policyType, policy, statement: { sid, index, at } }) => ({
      ...{ policyType, policy, sid, index, at },
    }));
    assert.deepEqual(shown, [
      {
        policyType: 'resource-based policy',
        policy: KEY,
        sid: 'account',
        index: 0,
        at: { line: 4, column: 5 },
      },
      {
        policyType: 'identity-based policy',
        policy: 'policy 1',
        sid: 'mine',
        index: 1,
        at: { line: 1, column: iam.lastIndexOf('{') + 1 },
      },
    ]);
  });

  it('are denied while a stored policy cannot be read: it may have held a deny', () => {
    assert.equal(ask({ who: root(), key: '{' }).reason, 'deny-in-resource-policy');
    const unknown = policy(letIn(ALICE)).replace('"Action"', '"Actions"');
    assert.equal(ask({ who: user(), key: unknown }).reason, 'deny-in-resource-policy');
    const iam = [policy(allow({ Condition: { StringIs: { 'a:b': 'c' } } }))];
    assert.equal(ask({ who: user(), key: policy(letIn(ALICE)), iam }).reason, 'deny-in-identity-policy');
  });
});

describe('policy variables', () => {
  const VARIABLES = 'IAM policy elements: Variables and tags';
  const rows: [
    rule: string,
    statement: object,
    context: Record<string, string | string[]>,
    allowed: boolean,
  ][] = [
    [
      'in a resource',
      { Resource: 'arn:aws:kms:*:*:key/${test:id}' },
      { 'test:id': '1234abcd-12ab-34cd-56ef-1234567890ab' },
      true,
    ],
    [
      'in a resource, another value',
      { Resource: 'arn:aws:kms:*:*:key/${test:id}' },
      { 'test:id': 'x' },
      false,
    ],
    ['in a resource, no value', { Resource: ['arn:aws:kms:*:*:key/${test:id}'] }, {}, false],
    ['a value is no pattern', { Resource: 'arn:aws:kms:*:*:key/${test:id}' }, { 'test:id': '*' }, false],
    [
      'in a condition',
      { Condition: { StringEquals: { 'kms:EncryptionContext:user': '${aws:username}' } } },
      { 'aws:username': 'alice', 'kms:EncryptionContext:user': 'alice' },
      true,
    ],
    [
      'of a token: the issuer has dots, and maybe a path',
      { Condition: { StringEquals: { 'test:v': '${idp.example.com/id/7:sub}/${www.amazon.com:user_id}' } } },
      { 'test:v': 'shop/7', 'idp.example.com/id/7:sub': 'shop', 'www.amazon.com:user_id': '7' },
      true,
    ],
    [
      'in a pattern',
      { Condition: { StringLike: { 'test:v': '${aws:username}/*' } } },
      { 'aws:username': 'alice', 'test:v': 'alice/x' },
      true,
    ],
    [
      'in an ARN',
      { Condition: { ArnLike: { 'test:v': 'arn:aws:iam::${test:a}:user/*' } } },
      { 'test:a': HOME, 'test:v': ALICE },
      true,
    ],
    [
      'a value with a star in an ARN is no pattern',
      { Condition: { ArnLike: { 'test:v': 'arn:aws:iam::${test:a}:user/*' } } },
      { 'test:a': '*', 'test:v': ALICE },
      false,
    ],
    [
      'a default',
      { Condition: { StringEquals: { 'test:v': "${test:w, 'none'}" } } },
      { 'test:v': 'none' },
      true,
    ],
    [
      'a default that is not needed',
      { Condition: { StringEquals: { 'test:v': "${test:w, 'none'}" } } },
      { 'test:v': 'none', 'test:w': 'some' },
      false,
    ],
    [
      'without value: nothing is equal',
      { Condition: { StringEquals: { 'test:v': '${test:w}' } } },
      { 'test:v': '' },
      false,
    ],
    [
      'without value: nor unlike',
      { Condition: { StringNotEquals: { 'test:v': '${test:w}' } } },
      { 'test:v': 'x' },
      false,
    ],
    [
      'several values are none',
      { Condition: { StringEquals: { 'test:v': '${test:w}' } } },
      { 'test:v': 'a', 'test:w': ['a', 'b'] },
      false,
    ],
    ['${*} is a star', { Condition: { StringLike: { 'test:v': 'a${*}' } } }, { 'test:v': 'a*' }, true],
    ['${*} is no wildcard', { Condition: { StringLike: { 'test:v': 'a${*}' } } }, { 'test:v': 'ab' }, false],
    ['${?} and ${$}', { Condition: { StringLike: { 'test:v': '${?}${$}' } } }, { 'test:v': '?$' }, true],
    [
      'names are not case-sensitive',
      { Condition: { StringEquals: { 'test:v': '${AWS:UserName}' } } },
      { 'aws:username': 'a', 'test:v': 'a' },
      true,
    ],
  ];
  for (const [rule, statement, context, allowed] of rows) {
    it(`${rule} (${VARIABLES})`, () => {
      const iam = [policy(allow(statement))];
      assert.equal(ask({ who: user(), iam, context }).allowed, allowed);
    });
  }

  it('take rights where their value is not known, rather than give them', () => {
    const context = { 'test:v': 'x' };
    const Condition = { StringNotEquals: { 'test:v': '${test:w}' } };
    assert.equal(ask({ who: user(), iam: [policy(allow(), deny({ Condition }))], context }).allowed, false);
    const but = deny({ Resource: undefined, NotResource: 'arn:aws:kms:*:*:key/${test:w}' });
    assert.equal(ask({ who: user(), iam: [policy(allow(), but)] }).allowed, false);
  });

  it('are plain text in policies of version 2008-10-17', () => {
    const key = JSON.stringify({
      Version: '2008-10-17',
      Statement: [{ ...letIn(ALICE), Condition: { StringEquals: { 'test:v': '${aws:username}' } } }],
    });
    assert.equal(ask({ who: user(), key, context: { 'test:v': '${aws:username}' } }).allowed, true);
    assert.equal(
      ask({ who: user(), key, context: { 'test:v': 'alice', 'aws:username': 'alice' } }).allowed,
      false,
    );
  });
});
