/** STS through the official SDK: sessions of roles and users, who gets them, what they carry, and how they end. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as iamSdk from '@aws-sdk/client-iam';
import * as sdk from '@aws-sdk/client-sts';
import { canonicalRequest, stringToSign } from '../../src/aws/sigv4/canonical.ts';
import { deriveSigningKey, sign } from '../../src/aws/sigv4/signing-key.ts';
import { hash } from 'node:crypto';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { ALLOW_ALL, clientsOf, policyDocument, refusalOf, trusting } from './iam-clients.ts';
import type { TestClients, TestCredentials } from './iam-clients.ts';

const HOUR = 3_600_000;
const INVALID = /^InvalidClientTokenId 403: The security token included in the request is invalid/;

describe('STS', () => {
  let server: ClockedServer;
  let root: TestClients;
  let alice: TestClients;
  let account: string;
  const opened: TestClients[] = [];

  const open = (credentials: TestCredentials): TestClients => {
    const clients = clientsOf(server.endpoint, credentials);
    opened.push(clients);
    return clients;
  };
  const session = ({ Credentials }: { Credentials?: sdk.Credentials | undefined }): TestClients =>
    open({
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken ?? '',
    });
  const newUser = async (clients: TestClients, UserName: string): Promise<TestClients> => {
    await clients.iam.send(new iamSdk.CreateUserCommand({ UserName }));
    await clients.iam.send(
      new iamSdk.PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument: ALLOW_ALL }),
    );
    const { AccessKey } = await clients.iam.send(new iamSdk.CreateAccessKeyCommand({ UserName }));
    return open({
      accessKeyId: AccessKey?.AccessKeyId ?? '',
      secretAccessKey: AccessKey?.SecretAccessKey ?? '',
    });
  };
  const newRole = (RoleName: string, AssumeRolePolicyDocument: string, more = {}): Promise<unknown> =>
    root.iam.send(new iamSdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument, ...more }));
  const roleArn = (name: string): string => `arn:aws:iam::${account}:role/${name}`;
  const assume = (clients: TestClients, name: string, more: Partial<sdk.AssumeRoleCommandInput> = {}) =>
    clients.sts.send(
      new sdk.AssumeRoleCommand({ RoleArn: roleArn(name), RoleSessionName: 'story', ...more }),
    );
  const whoami = (clients: TestClients) => clients.sts.send(new sdk.GetCallerIdentityCommand({}));
  const denied = (who: string, name: string, action = 'sts:AssumeRole'): string =>
    `AccessDenied 403: User: ${who} is not authorized to perform: ${action} on resource: ${roleArn(name)}`;
  let aliceArn: string;

  before(async () => {
    server = await startClockedServer();
    account = server.accountId;
    root = open(server.root);
    alice = await newUser(root, 'alice');
    aliceArn = `arn:aws:iam::${account}:user/alice`;
    const actions = ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'];
    await newRole('app', trusting({ AWS: aliceArn }, { Action: actions }), {
      Tags: [{ Key: 'team', Value: 'role' }],
      MaxSessionDuration: 7_200,
    });
  });
  after(async () => {
    for (const clients of opened) clients.destroy();
    await server?.remove();
  });

  it('lets a user whom the trust policy names become the role', async () => {
    const answer = await assume(alice, 'app');
    assert.match(answer.AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[A-Z2-7]{17}:story$/);
    assert.equal(answer.PackedPolicySize, undefined);
    const expires = answer.Credentials?.Expiration?.getTime() ?? 0;
    assert.ok(Math.abs(expires - Date.now() - HOUR) < 60_000);
    const identity = await whoami(session(answer));
    assert.deepEqual(
      [identity.Arn, identity.Account, identity.UserId],
      [`arn:aws:sts::${account}:assumed-role/app/story`, account, answer.AssumedRoleUser?.AssumedRoleId],
    );
    const { Role } = await root.iam.send(new iamSdk.GetRoleCommand({ RoleName: 'app' }));
    assert.equal(Role?.RoleLastUsed?.Region, 'us-east-1');
  });

  it('keeps the last use of a role as long as the role', async () => {
    const usesKept = async (roleId: string | undefined): Promise<number> => {
      await server.identities.lastUses.flush();
      const uses = await server.kms.db.selectFrom('last_uses').select('subject').execute();
      return uses.filter(({ subject }) => subject === roleId).length;
    };
    await newRole('used', trusting({ AWS: aliceArn }));
    const used = session(await assume(alice, 'used'));
    await whoami(used);
    const { Role } = await root.iam.send(new iamSdk.GetRoleCommand({ RoleName: 'used' }));
    assert.equal(await usesKept(Role?.RoleId), 1);
    await whoami(used); // noted, and not written when the role goes
    await root.iam.send(new iamSdk.DeleteRoleCommand({ RoleName: 'used' }));
    assert.equal(await usesKept(Role?.RoleId), 0);
  });

  it('refuses everybody else in the same words, whether the role is there or not', async () => {
    const bob = await newUser(root, 'bob');
    const bobArn = `arn:aws:iam::${account}:user/bob`;
    assert.equal(await refusalOf(assume(bob, 'app')), denied(bobArn, 'app'));
    assert.equal(await refusalOf(assume(bob, 'none')), denied(bobArn, 'none'));
    assert.equal(
      await refusalOf(assume(root, 'app')),
      'AccessDenied 403: Roles may not be assumed by root accounts.',
    );
  });

  it('asks for the conditions of the trust policy, and refuses those that it does not know', async () => {
    const when = (Condition: object): string => trusting({ AWS: aliceArn }, { Condition });
    await newRole('external', when({ StringEquals: { 'sts:ExternalId': 'secret' } }));
    await assume(alice, 'external', { ExternalId: 'secret' });
    assert.equal(
      await refusalOf(assume(alice, 'external', { ExternalId: 'other' })),
      denied(aliceArn, 'external'),
    );
    assert.equal(await refusalOf(assume(alice, 'external')), denied(aliceArn, 'external'));
    const deny = { Effect: 'Deny', Principal: { AWS: aliceArn }, Action: 'sts:*' };
    const allow = { Effect: 'Allow', Principal: { AWS: account }, Action: 'sts:AssumeRole' };
    await newRole('barred', policyDocument(allow, deny));
    assert.equal(await refusalOf(assume(alice, 'barred')), denied(aliceArn, 'barred'));
  });

  it('obeys what denies it to the caller, also where the trust policy names him', async () => {
    const barred = await newUser(root, 'barred');
    const arn = `arn:aws:iam::${account}:user/barred`;
    await newRole('named', trusting({ AWS: arn }));
    await assume(barred, 'named');
    const deny = { Effect: 'Deny', Action: 'sts:*', Resource: roleArn('named') };
    await root.iam.send(
      new iamSdk.PutUserPolicyCommand({
        UserName: 'barred',
        PolicyName: 'deny',
        PolicyDocument: policyDocument(deny),
      }),
    );
    assert.equal(await refusalOf(assume(barred, 'named')), denied(arn, 'named'));
    const event = (await server.events()).filter(({ eventName }) => eventName === 'AssumeRole').at(-1);
    const { authorizationReason, encodedAuthorizationMessage } = event?.additionalEventData ?? {};
    assert.equal(authorizationReason, 'deny-in-identity-policy');
    const decode = (clients: TestClients) =>
      clients.sts.send(
        new sdk.DecodeAuthorizationMessageCommand({ EncodedMessage: encodedAuthorizationMessage as string }),
      );
    assert.match((await decode(root)).DecodedMessage ?? '', /"explicitDeny":true/);
    const { key } = await server.createAccount('not concerned');
    assert.match(await refusalOf(decode(open(key))), /^InvalidAuthorizationMessageException 400/);
  });

  it('limits a session by its policies where the trust policy names its role', async () => {
    await newRole('inner', trusting({ AWS: roleArn('app') }));
    const narrow = { Effect: 'Allow', Action: 'kms:*', Resource: '*' };
    const narrowed = session(await assume(alice, 'app', { Policy: policyDocument(narrow) }));
    const sessionArn = `arn:aws:sts::${account}:assumed-role/app/story`;
    assert.equal(await refusalOf(assume(narrowed, 'inner')), denied(sessionArn, 'inner'));
    await assume(session(await assume(alice, 'app')), 'inner');
  });

  it('asks in trust policies for what every request has, and for the tags of the role', async () => {
    const when = (Condition: object): string => trusting({ AWS: aliceArn }, { Condition });
    const Tags = [{ Key: 'tier', Value: 'prod' }];
    await newRole('here', when({ IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }));
    await newRole('elsewhere', when({ IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } }));
    await newRole('tagged', when({ StringEquals: { 'aws:ResourceTag/tier': 'prod' } }), { Tags });
    await newRole('other', when({ StringEquals: { 'iam:ResourceTag/tier': 'test' } }), { Tags });
    await assume(alice, 'here');
    await assume(alice, 'tagged');
    for (const name of ['elsewhere', 'other'])
      assert.equal(await refusalOf(assume(alice, name)), denied(aliceArn, name));
  });

  it('does not tell another account which roles there are, in its trail neither', async () => {
    const { key } = await server.createAccount('curious');
    const curious = await newUser(open(key), 'curious');
    const Tags = [{ Key: 'aws:x', Value: '' }];
    assert.equal(
      (await refusalOf(assume(curious, 'app'))).replace('role/app', ''),
      (await refusalOf(assume(curious, 'none'))).replace('role/none', ''),
    );
    const [there, not] = (await server.events())
      .filter(({ eventName }) => eventName === 'AssumeRole')
      .slice(-2)
      .map(({ additionalEventData }) => additionalEventData);
    assert.deepEqual(there, not);
    assert.equal(
      await refusalOf(assume(curious, 'app', { Tags })),
      await refusalOf(assume(curious, 'none', { Tags })),
    );
  });

  it('lets users of another account in where both sides allow it', async () => {
    const { account: other, key } = await server.createAccount('other');
    const theirs = await newUser(open(key), 'visitor');
    const visitor = `arn:aws:iam::${other.accountId}:user/visitor`;
    await newRole('shared', trusting({ AWS: `arn:aws:iam::${other.accountId}:root` }));
    const identity = await whoami(session(await assume(theirs, 'shared')));
    assert.equal(identity.Account, account);
    assert.equal(await refusalOf(assume(theirs, 'app')), denied(visitor, 'app'));
  });

  it('carries tags, source identity and session policies, and hands transitive tags on', async () => {
    const second = trusting(
      { AWS: roleArn('app') },
      { Action: ['sts:AssumeRole', 'sts:TagSession', 'sts:SetSourceIdentity'] },
    );
    await newRole('second', second);
    await root.iam.send(
      new iamSdk.PutRolePolicyCommand({ RoleName: 'app', PolicyName: 'all', PolicyDocument: ALLOW_ALL }),
    );
    const first = await assume(alice, 'app', {
      Tags: [
        { Key: 'Team', Value: 'session' },
        { Key: 'cost', Value: '7' },
      ],
      TransitiveTagKeys: ['cost'],
      SourceIdentity: 'alice',
      Policy: ALLOW_ALL,
      PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AdministratorAccess' }],
      DurationSeconds: 7_200,
    });
    assert.ok((first.PackedPolicySize ?? 0) > 0 && (first.PackedPolicySize ?? 0) <= 100);
    assert.equal(first.SourceIdentity, 'alice');
    const found = (answer: typeof first) =>
      server.identities.find(answer.Credentials?.AccessKeyId ?? '', answer.Credentials?.SessionToken);
    const principal = found(first)?.caller.principal;
    assert.deepEqual(
      [...(principal?.tags ?? [])],
      [
        ['Team', 'session'],
        ['cost', '7'],
      ],
    );
    assert.equal(principal?.session?.policies.length, 2);
    assert.deepEqual(principal?.session?.keys.get('aws:SourceIdentity'), ['alice']);

    const app = session(first);
    const chained = await assume(app, 'second');
    assert.deepEqual([...(found(chained)?.caller.principal.tags ?? [])], [['cost', '7']]);
    assert.equal(chained.SourceIdentity, 'alice');
    assert.match(
      await refusalOf(assume(app, 'second', { DurationSeconds: 3_601 })),
      /^ValidationError 400: The requested DurationSeconds exceeds the 1 hour session limit/,
    );
    assert.match(await refusalOf(assume(app, 'second', { SourceIdentity: 'bob' })), /^AccessDenied 403/);
    assert.match(
      await refusalOf(assume(app, 'second', { Tags: [{ Key: 'cost', Value: '8' }] })),
      /^ValidationError 400: The tag cost is transitive/,
    );
  });

  it('refuses requests that go beyond its limits', async () => {
    const CASES: [Partial<sdk.AssumeRoleCommandInput>, RegExp][] = [
      [{ DurationSeconds: 7_201 }, /^ValidationError 400: .*MaxSessionDuration set for this role/],
      [{ DurationSeconds: 899 }, /^ValidationError 400: 1 validation error detected/],
      [{ RoleSessionName: 'a b' }, /^ValidationError 400: 1 validation error detected/],
      [{ Policy: '{}' }, /^MalformedPolicyDocument 400/],
      [
        { Policy: policyDocument({ Effect: 'Allow', Action: '*', Resource: 'x'.repeat(2_048) }) },
        /^PackedPolicyTooLarge 400/,
      ],
      [{ PolicyArns: [{ arn: `arn:aws:iam::${account}:policy/none` }] }, /^ValidationError 400/],
      [{ TransitiveTagKeys: ['x'] }, /^ValidationError 400/],
      [
        {
          Tags: [
            { Key: 'a', Value: '' },
            { Key: 'A', Value: '' },
          ],
        },
        /^ValidationError 400/,
      ],
      [
        { SerialNumber: `arn:aws:iam::${account}:mfa/alice`, TokenCode: '123456' },
        /^AccessDenied 403: MultiFactorAuthentication failed/,
      ],
    ];
    for (const [more, wanted] of CASES) assert.match(await refusalOf(assume(alice, 'app', more)), wanted);
  });

  it('gives users sessions of their own, which may not do what only MFA would open', async () => {
    const answer = await alice.sts.send(new sdk.GetSessionTokenCommand({ DurationSeconds: 900 }));
    const own = session(answer);
    assert.equal((await whoami(own)).Arn, aliceArn);
    await assume(own, 'app');
    assert.match(await refusalOf(own.iam.send(new iamSdk.GetUserCommand({}))), INVALID);
    assert.match(
      await refusalOf(own.sts.send(new sdk.GetSessionTokenCommand({}))),
      /^AccessDenied 403: Cannot call GetSessionToken with session credentials/,
    );
    const ofRoot = await root.sts.send(new sdk.GetSessionTokenCommand({ DurationSeconds: 100_000 }));
    assert.ok((ofRoot.Credentials?.Expiration?.getTime() ?? 0) <= Date.now() + HOUR);
    assert.equal((await whoami(session(ofRoot))).Arn, `arn:aws:iam::${account}:root`);
  });

  it('ends a session at its time, with its role, and with its user', async () => {
    server.pass(-2 * HOUR);
    const old = session(await alice.sts.send(new sdk.GetSessionTokenCommand({ DurationSeconds: 900 })));
    server.pass(2 * HOUR);
    assert.match(await refusalOf(whoami(old)), /^ExpiredToken 403/);

    await newRole('brief', trusting({ AWS: aliceArn }));
    const brief = session(await assume(alice, 'brief'));
    await whoami(brief);
    await root.iam.send(new iamSdk.DeleteRoleCommand({ RoleName: 'brief' }));
    assert.match(await refusalOf(whoami(brief)), INVALID);
    await newRole('brief', trusting({ AWS: aliceArn }));
    assert.match(await refusalOf(whoami(brief)), INVALID);
  });

  it('knows no session without its token, with a wrong one, or with one of another key', async () => {
    const [a, b] = await Promise.all([assume(alice, 'app'), assume(alice, 'app')]);
    const of = (answer: typeof a): TestCredentials => ({
      accessKeyId: answer.Credentials?.AccessKeyId ?? '',
      secretAccessKey: answer.Credentials?.SecretAccessKey ?? '',
    });
    const token = a.Credentials?.SessionToken ?? '';
    for (const credentials of [
      of(a),
      { ...of(a), sessionToken: b.Credentials?.SessionToken ?? '' },
      { ...of(a), sessionToken: `${token.slice(0, 80)}A${token.slice(81)}A` },
      { ...of(a), sessionToken: 'x' },
      { ...server.root, sessionToken: token },
    ]) {
      assert.match(await refusalOf(whoami(open(credentials))), INVALID);
    }
    const wrong = { ...of(a), secretAccessKey: of(b).secretAccessKey, sessionToken: token };
    assert.match(await refusalOf(whoami(open(wrong))), /^SignatureDoesNotMatch 403/);
  });

  it('tells the account of an access key', async () => {
    const info = (AccessKeyId: string) => root.sts.send(new sdk.GetAccessKeyInfoCommand({ AccessKeyId }));
    const temporary = await assume(alice, 'app');
    assert.equal((await info(temporary.Credentials?.AccessKeyId ?? '')).Account, account);
    assert.equal((await info(server.root.accessKeyId)).Account, account);
    assert.match(await refusalOf(info('AKIA7777777777777777')), /^ValidationError 400/);
  });

  it('answers a presigned GetCallerIdentity, by which clients prove to others who they are', async () => {
    const now = new Date().toISOString().replace(/[-:]|\.\d+/g, '');
    const { host } = new URL(server.endpoint);
    const { accessKeyId, secretAccessKey } = server.root;
    const scope = `${now.slice(0, 8)}/us-east-1/sts/aws4_request`;
    const query = new URLSearchParams({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': `${accessKeyId}/${scope}`,
      'X-Amz-Date': now,
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host',
    }).toString();
    const canonical = canonicalRequest({
      method: 'GET',
      path: '/',
      query,
      headers: { names: ['host'], values: [host] },
      signedHeaders: ['host'],
      signedHeadersText: 'host',
      bodyHash: hash('sha256', ''),
    });
    const key = deriveSigningKey(secretAccessKey, now.slice(0, 8), 'us-east-1', 'sts');
    const signature = sign(key, stringToSign(now, scope, canonical ?? ''));
    const good = await fetch(`${server.endpoint}/?${query}&X-Amz-Signature=${signature}`);
    assert.equal(good.status, 200);
    assert.match(await good.text(), new RegExp(`<Arn>arn:aws:iam::${account}:root</Arn>`));
    const bad = await fetch(`${server.endpoint}/?${query}&X-Amz-Signature=${'0'.repeat(64)}`);
    assert.equal(bad.status, 403);
    assert.match(await bad.text(), /<Code>SignatureDoesNotMatch<\/Code>/);
  });

  it('answers strangers nothing but that they must sign', async () => {
    const post = async (body: string, path = '/') => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
      const answer = await fetch(server.endpoint + path, { method: 'POST', headers, body });
      return `${answer.status} ${/<Code>(\w+)/.exec(await answer.text())?.[1]}`;
    };
    const version = 'Version=2011-06-15';
    for (const body of [
      `Action=GetCallerIdentity&${version}`,
      `Action=CreateUser&Version=2010-05-08&UserName=x`,
      '',
    ])
      assert.equal(await post(body), '403 MissingAuthenticationToken');
    const web = `Action=AssumeRoleWithWebIdentity&${version}`;
    assert.equal(await post(web, '/x'), '403 MissingAuthenticationToken');
    assert.equal(await post(web), '400 ValidationError');
    assert.equal(await post(`${web}&Action=GetCallerIdentity`), '404 MalformedQueryString');
  });

  it('does not decode messages that were not encoded here', async () => {
    const decode = root.sts.send(new sdk.DecodeAuthorizationMessageCommand({ EncodedMessage: 'x' }));
    assert.match(await refusalOf(decode), /^InvalidAuthorizationMessageException 400/);
  });

  it('records sessions as CloudTrail does, without secrets and tokens', async () => {
    const answer = await assume(alice, 'app', { SourceIdentity: 'alice' });
    await whoami(session(answer));
    const events = await server.events();
    const event = events.filter(({ eventName }) => eventName === 'AssumeRole').at(-1);
    assert.equal(event?.userIdentity.type, 'IAMUser');
    assert.equal(event?.readOnly, true);
    const shown = event?.responseElements as { credentials: object; assumedRoleUser: object };
    assert.deepEqual(Object.keys(shown.credentials), ['accessKeyId', 'expiration']);
    const { userIdentity } = events.filter(({ eventName }) => eventName === 'GetCallerIdentity').at(-1) ?? {};
    assert.equal(userIdentity?.type, 'AssumedRole');
    const { sessionContext } = userIdentity ?? {};
    assert.deepEqual(
      [
        sessionContext?.sessionIssuer?.userName,
        sessionContext?.sourceIdentity,
        sessionContext?.attributes.mfaAuthenticated,
      ],
      ['app', 'alice', 'false'],
    );
    const text = JSON.stringify(events);
    for (const secret of [answer.Credentials?.SecretAccessKey, answer.Credentials?.SessionToken])
      assert.ok(!text.includes(secret ?? ''));
    assert.ok(events.some(({ eventName }) => eventName === 'CreateAccountResult'));
  });
});
