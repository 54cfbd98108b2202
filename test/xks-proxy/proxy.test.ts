/** An XKS proxy as KMS sees it, over TLS: Claviger's own client of the protocol, and requests made by hand that it must refuse. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { connect } from 'node:tls';
import { after, afterEach, before, describe, it } from 'node:test';
import type { ProxyClient } from '../../src/keystores/external/proxy-client.ts';
import { newCredential } from '../xks/xks-proxy.ts';
import { startClavigerApi } from './claviger-api.ts';
import type { ClavigerApi, Json, Manner } from './claviger-api.ts';
import { HOST, METADATA, fails, on, serveProxy, setUp } from './served.ts';
import type { Received, Served, Setup, Wishes } from './served.ts';

const SECRET = Buffer.from('what nobody but its owner shall read');
const AAD = Buffer.from('associated');
const encryptBody = (more: Json = {}): string =>
  JSON.stringify({
    requestMetadata: METADATA,
    plaintext: SECRET.toString('base64'),
    encryptionAlgorithm: 'AES_GCM',
    ciphertextDataIntegrityValueAlgorithm: 'SHA_256',
    ...more,
  });

describe('an XKS proxy', () => {
  let api: ClavigerApi;
  let setup: Setup;
  let served: Served;
  let client: ProxyClient;
  let keyId: string;
  const second = newCredential();
  const other = newCredential();

  before(async () => {
    api = await startClavigerApi();
    keyId = api.addKey();
    setup = await setUp(api);
    const entry = (name: string, { accessKeyId, secretAccessKey }: typeof second) => ({
      accessKeyId,
      secretFile: setup.put(name, secretAccessKey),
    });
    (setup.settings.stores[0]?.credentials as Json[]).push(entry('second.secret', second));
    setup.settings.stores.push({
      path: '',
      region: 'eu-central-1',
      credentials: [entry('other.secret', other)],
      keys: { 'key.1': keyId, gone: `${'0'.repeat(8)}-0000-0000-0000-${'0'.repeat(12)}.${'A'.repeat(54)}` },
    });
    served = await serveProxy(setup);
    client = served.client();
  });
  afterEach(() => {
    api.manner = {};
    api.calls.length = 0;
    served.log.length = 0;
  });
  after(async () => {
    await served?.stop();
    await api?.close();
    setup?.remove();
  });

  const use = () => ({ ...on, externalKeyId: keyId, keyArn: METADATA.kmsKeyArn });
  const encryptPath = (id = keyId): string => `/one/kms/xks/v1/keys/${id}/encrypt`;
  const refused = (received: Received, status: number, errorName: string): void => {
    assert.deepEqual([received.status, received.json.errorName], [status, errorName], received.text);
    assert.equal(received.headers['content-type'], 'application/json');
    assert.match(String(received.json.errorMessage), /^[\x20-\x7e]{1,511}$/);
    assert.ok(!received.text.includes('said by Claviger'));
  };

  describe('to the client of an external key store', () => {
    it('encrypts and decrypts, and says to Claviger for whom', async () => {
      const sealed = await client.encrypt({ ...use(), operation: 'GenerateDataKey' }, AAD, SECRET);
      assert.notDeepEqual(sealed.ciphertext, SECRET);
      assert.deepEqual(await client.decrypt({ ...use(), operation: 'Decrypt' }, AAD, sealed), SECRET);
      const told = { KmsKeyArn: METADATA.kmsKeyArn, PrincipalArn: on.principalArn, ViaService: 'ebs' };
      const sealing = { ...told, Operation: 'GenerateDataKey', RequestId: on.requestId };
      const opening = { ...told, Operation: 'Decrypt', RequestId: on.requestId };
      assert.deepEqual(
        api.calls.map(({ operation, input }) => [operation, input.XksKeyId, input.OnBehalfOf]),
        [
          ['EncryptWithExternalKey', keyId, sealing],
          ['DecryptWithExternalKey', keyId, sealing], // before it is promised that it opens
          ['DecryptWithExternalKey', keyId, opening],
        ],
      );
    });

    it('takes the longest message and the longest associated data', async () => {
      const [aad, plaintext] = [Buffer.alloc(8_192, 1), Buffer.alloc(4_300, 2)];
      const sealed = await client.encrypt(use(), aad, plaintext);
      assert.deepEqual(await client.decrypt(use(), aad, sealed), plaintext);
    });

    it('refuses what was altered, in whatever part', async () => {
      const sealed = await client.encrypt(use(), AAD, SECRET);
      await fails('invalid-ciphertext', () => client.decrypt(use(), Buffer.from('other'), sealed));
      for (const part of ['metadata', 'iv', 'tag', 'ciphertext'] as const) {
        const altered = Buffer.from(sealed[part]);
        altered[0] = (altered[0] as number) ^ 1;
        await fails('invalid-ciphertext', () => client.decrypt(use(), AAD, { ...sealed, [part]: altered }));
      }
      await fails('invalid-ciphertext', () =>
        client.decrypt(use(), AAD, { ...sealed, metadata: Buffer.alloc(0) }),
      );
    });

    it('tells of a key, and whether it is enabled', async () => {
      const enabled = { keySpec: 'AES_256', keyUsage: ['ENCRYPT', 'DECRYPT'], keyStatus: 'ENABLED' };
      assert.deepEqual(await client.getKeyMetadata(keyId, on), enabled);
      const disabled = api.addKey();
      (api.keys.get(disabled) as { enabled: boolean }).enabled = false;
      assert.deepEqual(await client.getKeyMetadata(disabled, on), { ...enabled, keyStatus: 'DISABLED' });
      await fails('invalid-state', () => client.encrypt({ ...use(), externalKeyId: disabled }, AAD, SECRET));
    });

    it('finds no key that there is not, and does not ask for what cannot be one', async () => {
      await fails('key-not-found', () =>
        client.getKeyMetadata(`8298578f-2961-4ddf-bb88-da6e1403bd9e.${'A'.repeat(54)}`, on),
      );
      api.calls.length = 0;
      await fails('key-not-found', () => client.getKeyMetadata('key-1', on));
      assert.equal(api.calls.length, 0);
    });

    it('knows keys by the names of its store alone where it has names', async () => {
      const named = served.client({
        uriPath: '/kms/xks/v1',
        credential: other,
        region: 'eu-central-1',
      });
      const sealed = await named.encrypt({ ...use(), externalKeyId: 'key.1' }, AAD, SECRET);
      assert.deepEqual(await client.decrypt(use(), AAD, sealed), SECRET);
      for (const id of [keyId, 'key_1', 'gone'])
        await fails('key-not-found', () => named.getKeyMetadata(id, on));
    });

    it('takes either of two credentials', async () => {
      const renewed = served.client({ credential: second });
      assert.equal((await renewed.getKeyMetadata(keyId, on)).keyStatus, 'ENABLED');
    });

    it('tells of the HSMs', async () => {
      api.hsms = [
        { HsmId: 'hsm-aaaaaaaaaaa', State: 'UNREACHABLE' },
        { HsmId: 'hsm-bbbbbbbbbbb', State: 'REACHABLE' },
        { HsmId: 'hsm-ccccccccccc', State: 'SERVING' },
      ];
      const { ekmFleetDetails, ...rest } = await client.health({ ...on, operation: 'KmsHealthCheck' });
      assert.deepEqual(rest, {
        xksProxyFleetSize: 1,
        xksProxyVendor: 'Claviger',
        xksProxyModel: 'Claviger XKS proxy 0.0.0-test',
        ekmVendor: 'Claviger',
      });
      assert.deepEqual(
        ekmFleetDetails.map(({ id, healthStatus }) => [id, healthStatus]),
        [
          ['hsm-ccccccccccc', 'ACTIVE'],
          ['hsm-bbbbbbbbbbb', 'DEGRADED'],
          ['hsm-aaaaaaaaaaa', 'UNAVAILABLE'],
        ],
      );
      api.hsms = Array.from({ length: 12 }, (_, at) => ({
        HsmId: `hsm-${at}`,
        State: at === 11 ? 'SERVING' : 'UNREACHABLE',
      }));
      const crowd = await client.health({ ...on, operation: 'KmsHealthCheck' });
      assert.equal(crowd.ekmFleetDetails.length, 10);
      assert.equal(crowd.ekmFleetDetails[0]?.id, 'hsm-11');
      api.hsms = [];
      await fails('unhealthy', () => client.health(on));
      api.hsms = [{ HsmId: 'hsm-aaaaaaaaaaa', State: 'SERVING' }];
    });
  });

  describe('to anybody else', () => {
    const health = JSON.stringify({ requestMetadata: METADATA });
    const cases: [what: string, wishes: () => Wishes, status: number, errorName: string][] = [
      ['a path of nobody', () => ({ path: '/' }), 404, 'InvalidUriPathException'],
      ['the path of no store', () => ({ path: '/two/kms/xks/v1/health' }), 404, 'InvalidUriPathException'],
      ['version 2', () => ({ path: '/one/kms/xks/v2/health' }), 404, 'InvalidUriPathException'],
      [
        'a call that is not there',
        () => ({ path: `/one/kms/xks/v1/keys/${keyId}/sign` }),
        404,
        'InvalidUriPathException',
      ],
      [
        'a key that is a path',
        () => ({ path: '/one/kms/xks/v1/keys/../encrypt' }),
        404,
        'InvalidUriPathException',
      ],
      [
        'a key with an escape',
        () => ({ path: '/one/kms/xks/v1/keys/a%2Eb/encrypt' }),
        404,
        'InvalidUriPathException',
      ],
      ['an empty segment', () => ({ path: '/one/kms/xks/v1//health' }), 404, 'InvalidUriPathException'],
      ['a query', () => ({ path: '/one/kms/xks/v1/health?a=b' }), 404, 'InvalidUriPathException'],
      [
        'a path that was signed in another form',
        () => ({ path: '/one/kms/xks/v1/health', sentPath: '/one/kms/xks/v1/keys/../health' }),
        404,
        'InvalidUriPathException',
      ],
      ['no JSON', () => ({ path: encryptPath(), body: '<xml/>' }), 400, 'ValidationException'],
      ['JSON that is no object', () => ({ path: encryptPath(), body: '[]' }), 400, 'ValidationException'],
      ['no members', () => ({ path: encryptPath(), body: '{}' }), 400, 'ValidationException'],
      [
        'a message that is too long',
        () => ({
          path: encryptPath(),
          body: encryptBody({ plaintext: Buffer.alloc(4_301).toString('base64') }),
        }),
        501,
        'UnsupportedOperationException',
      ],
      [
        'a key of another store',
        () => ({ path: encryptPath('key.1'), body: encryptBody() }),
        404,
        'KeyNotFoundException',
      ],
    ];
    for (const [what, wishes, status, errorName] of cases)
      it(`refuses ${what}`, async () => {
        refused(await served.send(wishes()), status, errorName);
        assert.equal(api.calls.length, 0);
      });

    it('knows no method but POST', async () => {
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const { status, headers } = await served.send({ method, path: '/one/kms/xks/v1/health', body: '' });
        assert.deepEqual([status, headers.allow], [405, 'POST']);
      }
    });

    it('reads no more than 64 KiB of a body', async () => {
      const { status } = await served.send({ path: encryptPath(), body: 'x'.repeat(65_537) });
      assert.equal(status, 413);
    });

    const unsigned: [what: string, wishes: Omit<Wishes, 'path'>][] = [
      ['without a signature', { alter: ({ authorization, ...rest }) => (authorization === '' ? {} : rest) }],
      ['of an unknown access key', { credential: newCredential() }],
      ['of the credential of another store', { credential: other }],
      [
        'with the secret of another access key',
        { credential: { ...second, secretAccessKey: other.secretAccessKey } },
      ],
      ['for another Region', { region: 'us-west-2' }],
      ['for another service', { service: 'kms' }],
      ['from six minutes ago', { now: new Date(Date.now() - 6 * 60_000) }],
      ['from in six minutes', { now: new Date(Date.now() + 6 * 60_000) }],
      ['over another body', { sentBody: health.replace('alice', 'mallo') }],
      ['over another path', { sentPath: `/one/kms/xks/v1/keys/${'a'.repeat(8)}/metadata` }],
      ['over another host', { alter: (headers) => ({ ...headers, host: 'elsewhere.example.test' }) }],
      [
        'without the date',
        {
          alter: (headers) => ({
            ...headers,
            authorization: String(headers.authorization).replace(';x-amz-date', ''),
          }),
        },
      ],
      ['with a session token', { alter: (headers) => ({ ...headers, 'x-amz-security-token': 'a' }) }],
      [
        'with two dates',
        {
          alter: (headers) => ({
            ...headers,
            'x-amz-date': [String(headers['x-amz-date']), '20200101T000000Z'],
          }),
        },
      ],
    ];
    for (const [what, wishes] of unsigned)
      it(`refuses a signature ${what}`, async () => {
        refused(
          await served.send({ path: '/one/kms/xks/v1/health', body: health, ...wishes }),
          401,
          'AuthenticationFailedException',
        );
        assert.equal(api.calls.length, 0);
      });

    it('refuses a signature with any character altered', async () => {
      const altered = (text: string, at: number): string =>
        `${text.slice(0, at)}${text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`;
      const length = 'AWS4-HMAC-SHA256 Credential='.length + 20 + 80;
      const places = Array.from({ length: 40 }, (_, n) => Math.floor((n * length) / 40));
      for (const at of [...places, -1, -64]) {
        const received = await served.send({
          path: '/one/kms/xks/v1/health',
          body: health,
          alter: ({ authorization = '', ...rest }) => ({
            ...rest,
            authorization: altered(authorization, at < 0 ? authorization.length + at : at),
          }),
        });
        refused(received, 401, 'AuthenticationFailedException');
      }
      const honest = await served.send({ path: '/one/kms/xks/v1/health', body: health });
      assert.equal(honest.status, 200);
    });

    it('speaks no TLS below 1.2', async () => {
      const socket = connect({
        ...{ host: '127.0.0.1', port: served.port, servername: HOST, ca: setup.authority.pem },
        ...{ minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' },
      });
      const error = await new Promise<NodeJS.ErrnoException>((resolve) => socket.on('error', resolve));
      assert.match(String(error.code), /ERR_SSL|ECONNRESET/);
    });
  });

  describe('when Claviger refuses', () => {
    const errors: [code: string, status: number, errorName: string][] = [
      ['NotFoundException', 404, 'KeyNotFoundException'],
      ['DisabledException', 400, 'InvalidStateException'],
      ['KMSInvalidStateException', 400, 'InvalidStateException'],
      ['InvalidCiphertextException', 400, 'InvalidCiphertextException'],
      ['InvalidKeyUsageException', 400, 'InvalidKeyUsageException'],
      ['UnsupportedOperationException', 501, 'UnsupportedOperationException'],
      ['AccessDeniedException', 403, 'AccessDeniedException'],
      ['ValidationException', 400, 'ValidationException'],
      ['ThrottlingException', 429, 'ThrottlingException'],
      ['ServiceUnavailable', 429, 'ThrottlingException'],
      ['DependencyTimeoutException', 503, 'DependencyTimeoutException'],
      ['KeyUnavailableException', 500, 'InternalException'],
      ['KMSInternalException', 500, 'InternalException'],
      ['InternalFailure', 500, 'InternalException'],
      ['constructor', 500, 'InternalException'],
    ];
    for (const [code, status, errorName] of errors)
      it(`with ${code}, answers ${errorName}`, async () => {
        api.manner = { code };
        refused(await served.send({ path: encryptPath(), body: encryptBody() }), status, errorName);
        assert.deepEqual(
          [served.log[0]?.outcome, served.log[0]?.reason],
          [errorName, `${code}: said by Claviger`],
        );
      });

    it('with an error about credentials, answers InternalException and says so in the log', async () => {
      api.manner = { code: 'UnrecognizedClientException' };
      refused(await served.send({ path: encryptPath(), body: encryptBody() }), 500, 'InternalException');
      assert.match(String(served.log[0]?.msg), /does not take the credentials of this proxy/);
    });

    it('to tell of health, answers no error that health does not have', async () => {
      for (const [code, failure] of [
        ['AccessDeniedException', 'internal'],
        ['CloudHsmResourceNotFoundException', 'internal'],
        ['ThrottlingException', 'throttling'],
      ] as const) {
        api.manner = { code };
        await fails(failure, () => client.health(on));
      }
    });

    const strange: [what: string, manner: Manner][] = [
      ['no JSON', { body: '<html>' }],
      ['a list', { body: '[]', status: 400 }],
      ['null', { body: 'null' }],
      ['nothing', { body: '{}' }],
      ['an error without a name', { body: '{}', status: 500 }],
      ['a ciphertext of another length', { alter: (honest) => ({ ...honest, Ciphertext: 'AAAA' }) }],
      ['a tag of 12 bytes', { alter: (honest) => ({ ...honest, AuthenticationTag: 'A'.repeat(16) }) }],
      ['metadata of 21 bytes', { alter: (honest) => ({ ...honest, CiphertextMetadata: 'A'.repeat(28) }) }],
      ['no metadata', { alter: (honest) => ({ ...honest, CiphertextMetadata: undefined }) }],
      ['2 MiB', { body: ' '.repeat(2 ** 21) }],
      ['half an answer', { connection: 'cut-answer' }],
      ['nothing, and cuts the connection', { connection: 'reset' }],
    ];
    for (const [what, manner] of strange)
      it(`to answer anything but ${what}, answers InternalException`, async () => {
        api.manner = manner;
        refused(await served.send({ path: encryptPath(), body: encryptBody() }), 500, 'InternalException');
      });
  });

  it('writes one line about each request, and nothing of what is in it', async () => {
    const sealed = await client.encrypt(use(), AAD, SECRET);
    await client.decrypt(use(), AAD, sealed);
    await served.send({ path: encryptPath(), credential: newCredential() });
    const [encrypted, , stranger] = served.log;
    assert.equal(served.log.length, 3);
    const { ms, time, level, ...line } = encrypted ?? {};
    assert.ok(Number(ms) > 0 && time !== undefined && level === 30);
    assert.deepEqual(line, {
      store: '/one',
      operation: 'Encrypt',
      externalKeyId: keyId,
      accessKeyId: setup.credential.accessKeyId,
      kmsOperation: 'Encrypt',
      kmsRequestId: METADATA.kmsRequestId,
      kmsKeyArn: METADATA.kmsKeyArn,
      outcome: 'ok',
      status: 200,
      msg: 'request',
    });
    assert.equal(stranger?.outcome, 'AuthenticationFailedException');
    assert.equal(stranger?.accessKeyId, undefined);
    const all = JSON.stringify(served.log);
    for (const hidden of [SECRET, AAD, sealed.ciphertext, sealed.tag])
      for (const form of ['base64', 'hex', 'latin1'] as const)
        assert.ok(!all.includes(hidden.toString(form)));
    for (const { secretAccessKey } of [setup.credential, second, api])
      assert.ok(!all.includes(secretAccessKey));
  });

  it('gives the integrity value when it is asked for, and only then', async () => {
    const path = encryptPath();
    const additionalAuthenticatedData = AAD.toString('base64');
    const { json } = await served.send({ path, body: encryptBody({ additionalAuthenticatedData }) });
    const names = ['ciphertextMetadata', 'initializationVector', 'ciphertext', 'authenticationTag'];
    const hash = createHash('sha256').update(AAD);
    for (const name of names) hash.update(Buffer.from(String(json[name]), 'base64'));
    assert.equal(json.ciphertextDataIntegrityValue, hash.digest('base64'));
    const body = encryptBody({ ciphertextDataIntegrityValueAlgorithm: undefined });
    api.calls.length = 0;
    const plain = await served.send({ path, body });
    assert.deepEqual(Object.keys(plain.json).sort(), names.sort());
    assert.equal(api.calls.length, 1);
  });

  it('promises nothing of a ciphertext that does not open', async () => {
    const damaged = (member: string) => (honest: Json) => {
      if (!(member in honest)) return honest;
      const bytes = Buffer.from(String(honest[member]), 'base64');
      bytes[0] = (bytes[0] as number) ^ 1;
      return { ...honest, [member]: bytes.toString('base64') };
    };
    for (const member of ['Ciphertext', 'CiphertextMetadata', 'AuthenticationTag', 'Plaintext']) {
      api.manner = { alter: damaged(member) };
      const received = await served.send({ path: encryptPath(), body: encryptBody() });
      assert.deepEqual([received.status, received.json.errorName], [500, 'InternalException'], member);
      assert.match(String(served.log.at(-1)?.reason), /what was encrypted does not open/);
    }
  });

  it('tells load balancers that it serves, though Claviger does not', async () => {
    api.manner = { connection: 'reset' };
    const { status, text } = await served.send({ method: 'GET', path: '/healthz', body: '' });
    assert.deepEqual([status, text], [200, '{"ready":true}']);
    assert.equal(served.log.length, 0);
    const { status: refusedStatus } = await served.send({ method: 'GET', path: '/healthz?a', body: '' });
    assert.equal(refusedStatus, 404);
  });

  it('lets headers be unsigned that mean nothing to it', async () => {
    const { status } = await served.send({
      path: '/one/kms/xks/v1/health',
      body: JSON.stringify({ requestMetadata: METADATA }),
      alter: (headers) => ({ ...headers, 'x-amz-target': 'a', 'x-forwarded-for': '192.0.2.1' }),
    });
    assert.equal(status, 200);
  });
});
