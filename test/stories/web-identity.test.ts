/** Roles for whoever has a token of a provider: real tokens, a real issuer, the official SDK, and all that must not get in. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, it } from 'node:test';
import * as iamSdk from '@aws-sdk/client-iam';
import * as sdk from '@aws-sdk/client-sts';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';
import type { CryptoKey, JWK, JWTPayload } from 'jose';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { ALLOW_ALL, clientsOf, policyDocument, refusalOf } from './iam-clients.ts';
import type { TestClients } from './iam-clients.ts';

const SUBJECT = 'system:serviceaccount:shop:payments';
const TAGS = 'https://aws.amazon.com/tags';

describe('AssumeRoleWithWebIdentity', () => {
  let server: ClockedServer;
  let root: TestClients;
  /** Signs nothing: its credentials are never asked for. */
  let nobody: sdk.STSClient;
  let issuer: Server;
  let url: string;
  let name: string;
  let providerArn: string;
  const keys: Record<string, CryptoKey> = {};
  /** What the issuer does now. */
  let jwks: JWK[] = [];
  let answering = true;
  let fetched = 0;

  const newKey = async (kid: string, alg: string): Promise<JWK> => {
    const pair = await generateKeyPair(alg);
    keys[kid] = pair.privateKey;
    return { ...(await exportJWK(pair.publicKey)), kid, alg, use: 'sig' };
  };
  const token = (
    claims: JWTPayload = {},
    {
      kid = 'first',
      alg = 'RS256',
      key,
    }: { kid?: string; alg?: string; key?: CryptoKey | Uint8Array | undefined } = {},
  ): Promise<string> => {
    const now = Math.floor(Date.now() / 1000);
    const all = { iss: url, aud: 'shop', sub: SUBJECT, iat: now, exp: now + 600, ...claims };
    const signer = key ?? keys[kid];
    assert.ok(signer);
    return new SignJWT(all).setProtectedHeader({ alg, kid }).sign(signer);
  };
  const roleArn = (role = 'payments'): string => `arn:aws:iam::${server.accountId}:role/${role}`;
  const assume = async (
    WebIdentityToken: string | Promise<string>,
    more: Partial<sdk.AssumeRoleWithWebIdentityCommandInput> = {},
  ) =>
    nobody.send(
      new sdk.AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn(),
        RoleSessionName: 'pod',
        WebIdentityToken: await WebIdentityToken,
        ...more,
      }),
    );
  const refused = async (...args: Parameters<typeof assume>): Promise<string> => refusalOf(assume(...args));

  before(async () => {
    server = await startClockedServer(undefined, 'oidc: { allowHttpOnLoopback: true }');
    root = clientsOf(server.endpoint, server.root);
    nobody = new sdk.STSClient({
      endpoint: server.endpoint,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: () => Promise.reject(new Error('the request is not to be signed')),
    });
    jwks = [await newKey('first', 'RS256'), await newKey('curve', 'ES256')];
    await newKey('unpublished', 'RS256');
    issuer = createServer((request, response) => {
      fetched += 1;
      if (!answering) request.socket.destroy();
      else if (request.url === '/realm/.well-known/openid-configuration')
        response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/keys` }));
      else if (request.url === '/realm/keys') response.end(JSON.stringify({ keys: jwks }));
      else response.writeHead(404).end();
    });
    issuer.listen(0, '127.0.0.1');
    await once(issuer, 'listening');
    name = `127.0.0.1:${(issuer.address() as AddressInfo).port}/realm`;
    url = `http://${name}`;
    const provider = await root.iam.send(
      new iamSdk.CreateOpenIDConnectProviderCommand({
        Url: url,
        ClientIDList: ['shop', 'sts.amazonaws.com'],
      }),
    );
    providerArn = provider.OpenIDConnectProviderArn ?? '';
    await root.iam.send(
      new iamSdk.CreateRoleCommand({
        RoleName: 'payments',
        AssumeRolePolicyDocument: policyDocument({
          Effect: 'Allow',
          Principal: { Federated: providerArn },
          Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
          Condition: { StringEquals: { [`${name}:sub`]: SUBJECT } },
        }),
      }),
    );
  });
  beforeEach(() => {
    answering = true;
    server.pass(60_000); // a pause in which a provider is not asked again is over
  });
  after(async () => {
    issuer?.close();
    issuer?.closeAllConnections();
    root?.destroy();
    nobody?.destroy();
    await server?.remove();
  });

  /** Tokens are checked by the service's clock, which this story sets forward. */
  const later = (seconds: number): JWTPayload => {
    const now = Math.floor(Date.now() / 1000);
    return { iat: now, exp: now + seconds };
  };
  const good = later(86_400);

  it('gives a role to the subject that its trust policy names', async () => {
    const answer = await assume(token(good), { Policy: ALLOW_ALL, DurationSeconds: 900 });
    assert.deepEqual(
      [answer.SubjectFromWebIdentityToken, answer.Audience, answer.Provider],
      [SUBJECT, 'shop', providerArn],
    );
    const { AccessKeyId, SecretAccessKey, SessionToken } = answer.Credentials ?? {};
    const pod = clientsOf(server.endpoint, {
      accessKeyId: AccessKeyId ?? '',
      secretAccessKey: SecretAccessKey ?? '',
      sessionToken: SessionToken ?? '',
    });
    const identity = await pod.sts.send(new sdk.GetCallerIdentityCommand({}));
    assert.equal(identity.Arn, `arn:aws:sts::${server.accountId}:assumed-role/payments/pod`);
    pod.destroy();
    const { session } = server.identities.find(AccessKeyId ?? '', SessionToken)?.caller.principal ?? {};
    assert.deepEqual(session?.keys.get(`${name}:sub`), [SUBJECT]);
    assert.deepEqual(session?.keys.get('aws:FederatedProvider'), [providerArn]);
  });

  it('takes tokens of elliptic curves, a registered azp, and several audiences', async () => {
    await assume(token(good, { kid: 'curve', alg: 'ES256' }));
    assert.equal(
      (await assume(token({ ...good, aud: ['x', 'sts.amazonaws.com'] }))).Audience,
      'sts.amazonaws.com',
    );
    assert.equal((await assume(token({ ...good, aud: 'x', azp: 'shop' }))).Audience, 'shop');
  });

  it('takes tokens of an issuer whose clock is up to five minutes from the own one', async () => {
    const now = Math.floor(server.kms.clock() / 1000);
    const MINUTE = 60;
    await assume(token({ iat: now + 4 * MINUTE, nbf: now + 4 * MINUTE, exp: now + 14 * MINUTE }));
    await assume(token({ iat: now - 14 * MINUTE, exp: now - 4 * MINUTE }));
    for (const claims of [
      { iat: now, nbf: now + 6 * MINUTE, exp: now + 14 * MINUTE },
      { iat: now - 14 * MINUTE, exp: now - 6 * MINUTE },
    ])
      assert.match(await refused(token(claims)), /^(?:InvalidIdentityToken|ExpiredTokenException) 400/);
  });

  it('asks the issuer once for many tokens', async () => {
    const before = fetched;
    for (let i = 0; i < 5; i += 1) await assume(token(good));
    assert.ok(fetched - before <= 2);
  });

  it('takes session tags of the token', async () => {
    const claim = { principal_tags: { team: ['blue'] }, transitive_tag_keys: ['team'] };
    const { Credentials } = await assume(token({ ...good, [TAGS]: claim }));
    const found = server.identities.find(Credentials?.AccessKeyId ?? '', Credentials?.SessionToken);
    assert.deepEqual([...(found?.caller.principal.tags ?? [])], [['team', 'blue']]);
    const two = { principal_tags: { team: ['blue', 'red'] } };
    assert.match(await refused(token({ ...good, [TAGS]: two })), /^InvalidIdentityToken 400/);
  });

  it('asks in trust policies how the subject proved who it is, and which of its tags go on to other roles', async () => {
    const trust = (RoleName: string, Condition: object) =>
      root.iam.send(
        new iamSdk.CreateRoleCommand({
          RoleName,
          AssumeRolePolicyDocument: policyDocument({
            Effect: 'Allow',
            Principal: { Federated: providerArn },
            Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
            Condition,
          }),
        }),
      );
    await trust('proven', { 'ForAnyValue:StringEquals': { [`${name}:amr`]: 'mfa' } });
    for (const amr of ['mfa', ['pwd', 'mfa']]) {
      const { Credentials } = await assume(token({ ...good, amr }), { RoleArn: roleArn('proven') });
      const found = server.identities.find(Credentials?.AccessKeyId ?? '', Credentials?.SessionToken);
      assert.deepEqual(found?.caller.principal.session?.keys.get(`${name}:amr`), [amr].flat());
    }
    for (const amr of ['pwd', ['pwd'], [1], undefined])
      assert.match(
        await refused(token({ ...good, amr }), { RoleArn: roleArn('proven') }),
        /^AccessDenied 403/,
      );
    await trust('handing-on', { 'ForAllValues:StringEquals': { 'sts:TransitiveTagKeys': ['team'] } });
    const tagged = (...transitive_tag_keys: string[]) =>
      token({
        ...good,
        [TAGS]: { principal_tags: { team: ['blue'], cost: ['1'] }, transitive_tag_keys },
      });
    await assume(tagged('team'), { RoleArn: roleArn('handing-on') });
    assert.match(
      await refused(tagged('team', 'cost'), { RoleArn: roleArn('handing-on') }),
      /^AccessDenied 403/,
    );
  });

  it('asks in trust policies for what every request has', async () => {
    for (const [RoleName, network] of [
      ['here', '127.0.0.0/8'],
      ['elsewhere', '192.0.2.0/24'],
    ] as const) {
      const AssumeRolePolicyDocument = policyDocument({
        Effect: 'Allow',
        Principal: { Federated: providerArn },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { IpAddress: { 'aws:SourceIp': network }, Null: { 'aws:PrincipalArn': 'true' } },
      });
      await root.iam.send(new iamSdk.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
    }
    await assume(token(good), { RoleArn: roleArn('here') });
    assert.match(await refused(token(good), { RoleArn: roleArn('elsewhere') }), /^AccessDenied 403/);
  });

  it('lets no other subject in, and does not tell which roles there are', async () => {
    const denied = 'AccessDenied 403: Not authorized to perform sts:AssumeRoleWithWebIdentity';
    assert.equal(await refused(token({ ...good, sub: 'system:serviceaccount:shop:other' })), denied);
    assert.equal(await refused(token(good), { RoleArn: roleArn('none') }), denied);
    assert.equal(await refused(token(good), { RoleArn: 'arn:aws:iam::999999999999:role/payments' }), denied);
    assert.match(
      await refused(token(good), { RoleArn: 'arn:aws:iam::1:user/x-and-y' }),
      /^ValidationError 400/,
    );
  });

  it('refuses tokens that are not what they say', async () => {
    const invalid = /^InvalidIdentityToken 400/;
    const hmac = new TextEncoder().encode('a secret that both might share, of a good length');
    const valid = await token(good);
    const [head = '', body = '', signature = ''] = valid.split('.');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.`;
    const other = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(body, 'base64url').toString()), sub: 'x' }),
    );
    const past = Math.floor(Date.now() / 1000) - 1_000;
    const CASES: [string | Promise<string>, RegExp][] = [
      ['a text that is no token', invalid],
      [none, invalid],
      [`${head}.${other.toString('base64url')}.${signature}`, invalid],
      [`${head}.${body}.${signature.slice(0, -8)}AAAAAAAA`, invalid],
      [token(good, { alg: 'HS256', key: hmac }), invalid],
      [token(good, { kid: 'first', key: keys['unpublished'] }), invalid],
      [token({ ...good, aud: 'somebody else' }), /^InvalidIdentityToken 400: Incorrect token audience/],
      [token({ ...good, azp: 'somebody else' }), /^InvalidIdentityToken 400: Incorrect token audience/],
      [
        token({ ...good, iss: 'https://elsewhere.example.com' }),
        /No OpenIDConnect provider found in your account for https:\/\/elsewhere/,
      ],
      [
        token({ ...good, exp: past }),
        /^ExpiredTokenException 400: Token expired: current date\/time \d+ must be before/,
      ],
      [token({ ...good, exp: undefined }), invalid],
      [token({ ...good, iat: undefined }), invalid],
      [token({ ...good, sub: undefined }), invalid],
      [token({ ...good, nbf: past + 500_000 }), invalid],
      [token({ ...good, iat: past + 500_000 }), invalid],
    ];
    for (const [i, [bad, wanted]] of CASES.entries()) assert.match(await refused(bad), wanted, `case ${i}`);
    assert.match(await refused(token(good), { DurationSeconds: 7_200 }), /^ValidationError 400/);
    assert.match(await refused(token(good), { ProviderId: 'www.amazon.com' }), /^ValidationError 400/);
  });

  it('learns of new keys of the issuer, and is not made to ask again and again', async () => {
    jwks = [...jwks, await newKey('second', 'RS256')];
    await assume(token(good, { kid: 'second' }));
    const before = fetched;
    for (let i = 0; i < 5; i += 1)
      assert.match(await refused(token(good, { kid: 'unpublished' })), /^InvalidIdentityToken 400/);
    assert.equal(fetched, before);
  });

  it('goes on for a while with the keys that it has when the issuer is away, and then says so', async () => {
    answering = false;
    server.pass(15 * 60_000);
    await assume(token(good));
    server.pass(2 * 3_600_000);
    assert.match(await refused(token(good)), /^IDPCommunicationError 400/);
    answering = true;
    server.pass(60_000);
    await assume(token(good));
  });

  it('records who got a role, and nothing of the token', async () => {
    const valid = await token(good);
    await assume(valid);
    const events = (await server.events()).filter(
      ({ eventName }) => eventName === 'AssumeRoleWithWebIdentity',
    );
    const event = events.at(-1);
    assert.deepEqual(event?.userIdentity, {
      type: 'WebIdentityUser',
      principalId: `${providerArn}:shop:${SUBJECT}`,
      userName: SUBJECT,
      identityProvider: providerArn,
    });
    assert.equal(event?.recipientAccountId, server.accountId);
    assert.deepEqual(event?.requestParameters, { roleArn: roleArn(), roleSessionName: 'pod' });
    const role = { accountId: server.accountId, type: 'AWS::IAM::Role', ARN: roleArn() };
    assert.deepEqual(event?.resources, [role]);
    assert.ok(
      events.some(({ errorCode }) => errorCode === 'AccessDenied'),
      'a known subject that is denied is on record',
    );
    assert.ok(!JSON.stringify(events).includes(valid.split('.')[2] ?? ''));
    assert.ok(
      !events.some(({ errorCode }) => errorCode === 'InvalidIdentityTokenException'),
      'a stranger is not',
    );
  });
});
