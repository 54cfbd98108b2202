import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import {
  CreateKeyCommand,
  DescribeKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  KMSClient,
} from '@aws-sdk/client-kms';
import { ApiError, encodeError } from '../../src/aws/errors.ts';
import { decodeRequest, encodeResponse } from '../../src/aws/json.ts';
import { operationOfTarget, signingName } from '../../src/aws/services.ts';
import { createVerifier } from '../../src/aws/sigv4/verify.ts';

const LONG_TERM = {
  accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const SESSION = {
  accessKeyId: 'ASIAIOSFODNN7EXAMPLE',
  secretAccessKey: 'another',
  sessionToken: 'the+session/token==',
};

const verify = createVerifier({
  lookup: (id) => [LONG_TERM, SESSION].find(({ accessKeyId }) => accessKeyId === id),
  regions: ['eu-central-1'],
});

const CREATED = new Date(1726660000123);
const CIPHERTEXT = Buffer.from([1, 2, 255]);

/** As far as the wire goes: verify, decode, and an answer that shows what was understood. */
function answer(request: IncomingMessage, body: Buffer): string {
  const found = operationOfTarget(String(request.headers['x-amz-target']));
  assert.ok(found?.service === 'kms');
  const { method = '', url = '', rawHeaders } = request;
  verify({ method, target: url, rawHeaders, body }, signingName('kms'), Date.now());
  const input = decodeRequest('kms', found.operation, body);
  switch (found.operation) {
    case 'Encrypt':
      return encodeResponse('kms', 'Encrypt', {
        KeyId: JSON.stringify({
          ...input,
          ...('Plaintext' in input && { Plaintext: String(input.Plaintext) }),
        }),
        CiphertextBlob: CIPHERTEXT,
      });
    case 'DescribeKey':
      return encodeResponse('kms', 'DescribeKey', { KeyMetadata: { KeyId: 'k', CreationDate: CREATED } });
    case 'EnableKey':
      return encodeResponse('kms', 'EnableKey', undefined);
    default:
      throw new ApiError('NotFoundException', `Invalid keyId '${found.operation}'`);
  }
}

describe('the AWS SDK against our wire', () => {
  let server: Server;
  let endpoint: string;
  const clients: KMSClient[] = [];

  before(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        try {
          const body = answer(request, Buffer.concat(chunks));
          response.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' }).end(body);
        } catch (error) {
          const { status, headers, body } = encodeError('kms', error as ApiError);
          response.writeHead(status, headers).end(body);
        }
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });

  after(async () => {
    for (const client of clients) client.destroy();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const clientWith = (credentials: typeof LONG_TERM, region = 'eu-central-1'): KMSClient => {
    const client = new KMSClient({ endpoint, region, credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  };

  const failure = async (call: Promise<unknown>): Promise<string> => {
    const error = await call.then(
      () => assert.fail('accepted'),
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof Error);
    return `${error.name}: ${error.message}`;
  };

  it('has its signatures accepted, of long-term and of temporary credentials', async () => {
    for (const credentials of [LONG_TERM, SESSION]) {
      const { KeyMetadata } = await clientWith(credentials).send(new DescribeKeyCommand({ KeyId: 'k' }));
      assert.deepEqual(KeyMetadata?.CreationDate, CREATED);
    }
  });

  it('has its input understood, and understands the answer', async () => {
    const result = await clientWith(LONG_TERM).send(
      new EncryptCommand({
        KeyId: 'alias/ä',
        Plaintext: Buffer.from('hello'),
        EncryptionContext: { purpose: 'test' },
        GrantTokens: ['t'],
        DryRun: false,
      }),
    );
    assert.deepEqual(JSON.parse(result.KeyId ?? ''), {
      KeyId: 'alias/ä',
      Plaintext: 'hello',
      EncryptionContext: { purpose: 'test' },
      GrantTokens: ['t'],
      DryRun: false,
    });
    assert.deepEqual(Buffer.from(result.CiphertextBlob ?? []), CIPHERTEXT);
  });

  it('takes an empty body for success', async () => {
    const { $metadata } = await clientWith(LONG_TERM).send(new EnableKeyCommand({ KeyId: 'k' }));
    assert.equal($metadata.httpStatusCode, 200);
  });

  it('reads our errors by name and message', async () => {
    const client = clientWith(LONG_TERM);
    assert.equal(
      await failure(client.send(new CreateKeyCommand({}))),
      "NotFoundException: Invalid keyId 'CreateKey'",
    );
    assert.match(
      await failure(client.send(new GenerateDataKeyCommand({ KeyId: '' }))),
      /^ValidationException: 1 validation error detected: Value '' at 'keyId'/,
    );
  });

  it('is told of a wrong secret, an unknown key, a wrong token and a wrong region', async () => {
    const describeKey = (credentials: typeof LONG_TERM, region?: string): Promise<string> =>
      failure(clientWith(credentials, region).send(new DescribeKeyCommand({ KeyId: 'k' })));
    assert.match(
      await describeKey({ ...LONG_TERM, secretAccessKey: 'wrong' }),
      /^InvalidSignatureException: The request signature/,
    );
    assert.match(
      await describeKey({ ...LONG_TERM, accessKeyId: 'AKIANOBODY' }),
      /^UnrecognizedClientException: /,
    );
    const otherToken = { ...SESSION, sessionToken: 'other' };
    assert.match(await describeKey(otherToken), /^UnrecognizedClientException: /);
    assert.match(
      await describeKey(LONG_TERM, 'us-east-1'),
      /Credential should be scoped to a valid region, not 'us-east-1'/,
    );
  });
});
