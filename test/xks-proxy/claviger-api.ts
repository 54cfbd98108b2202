/**
 * Claviger's API as an XKS proxy uses it, in memory, for tests of the proxy alone: the operations on external keys, the figures of HSMs,
 * signatures. The whole story, with real HSMs, is in test/stories/xks-proxy.test.ts.
 */
import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ApiError } from '../../src/aws/errors.ts';
import { createVerifier } from '../../src/aws/sigv4/verify.ts';

export type Json = Record<string, unknown>;

export interface ApiKey {
  key: Buffer;
  enabled: boolean;
}

/** How the next answers are, when they are not honest. */
export interface Manner {
  /** Answers this error. */
  code?: string;
  status?: number;
  /** Answers this, whatever was asked. */
  body?: string;
  /** Never answers; ends the connection; ends it when it was used before. */
  connection?: 'hang' | 'reset' | 'reset-reused' | 'cut-answer';
  delay?: number;
  alter?: (honest: Json) => Json;
}

export interface ClavigerApi {
  port: number;
  url: string;
  accessKeyId: string;
  secretAccessKey: string;
  keys: Map<string, ApiKey>;
  calls: { operation: string; input: Json }[];
  hsms: { HsmId: string; State: string }[];
  ready: boolean;
  manner: Manner;
  /** Makes a key and gives its XksKeyId. */
  addKey(): string;
  /** Ends all connections, and listens no more. */
  close(): Promise<void>;
}

export const REGION = 'eu-west-1';
export const CLUSTER = 'cluster-lgavqitns2a';

/** @param keys those of another one, when two are to be endpoints of one Claviger */
export async function startClavigerApi(shared?: ClavigerApi): Promise<ClavigerApi> {
  const accessKeyId = shared?.accessKeyId ?? 'AKIAEXAMPLEXAMPLE';
  const secretAccessKey = shared?.secretAccessKey ?? randomBytes(30).toString('base64');
  const verify = createVerifier({
    lookup: (id) => (id === accessKeyId ? { secretAccessKey } : undefined),
    regions: [REGION],
  });
  const seen = new WeakSet<Socket>();
  const server = createServer((request, response) => void serve(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const api: ClavigerApi = {
    port,
    url: `http://127.0.0.1:${port}`,
    accessKeyId,
    secretAccessKey,
    keys: shared?.keys ?? new Map<string, ApiKey>(),
    calls: [],
    hsms: [{ HsmId: 'hsm-aaaaaaaaaaa', State: 'SERVING' }],
    ready: true,
    manner: {},
    addKey: () => {
      const id = `${randomUUID()}.${randomBytes(40).toString('base64url')}`;
      api.keys.set(id, { key: randomBytes(32), enabled: true });
      return id;
    },
    close: async () => {
      server.close();
      server.closeAllConnections();
      if (server.listening) await once(server, 'close');
    },
  };

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    if (request.url === '/readyz') {
      response.writeHead(api.ready ? 200 : 503).end('{}');
      return;
    }
    const { connection, delay = 0, body: fixed, status: fixedStatus } = api.manner;
    const reused = seen.has(request.socket);
    seen.add(request.socket);
    const operation = String(request.headers['x-amz-target']).replace(/^Claviger_20261126\./, '');
    api.calls.push({ operation, input: JSON.parse(body.toString()) as Json });
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay).unref());
    if (connection === 'hang') return;
    if (connection === 'reset' || (connection === 'reset-reused' && reused)) {
      request.socket.destroy();
      return;
    }
    const { status, content } = answerTo(request, body, operation);
    const text = fixed ?? JSON.stringify(content);
    response.writeHead(fixedStatus ?? status, { 'content-length': Buffer.byteLength(text) });
    if (connection === 'cut-answer') response.write(text.slice(0, 5), () => request.socket.destroy());
    else response.end(text);
  }

  function answerTo(
    request: IncomingMessage,
    body: Buffer,
    operation: string,
  ): { status: number; content: Json } {
    try {
      const { method = '', url: target = '', rawHeaders } = request;
      verify({ method, target, rawHeaders, body }, 'claviger', Date.now());
      if (api.manner.code !== undefined) throw new ApiError(api.manner.code, 'said by Claviger');
      const honest = perform(operation, JSON.parse(body.toString()) as Json);
      return { status: 200, content: api.manner.alter?.(honest) ?? honest };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { status: error.status, content: { __type: error.code, message: error.message } };
    }
  }

  function perform(operation: string, input: Json): Json {
    if (operation === 'DescribeHsmFigures') return { ClusterId: input.ClusterId, Hsms: api.hsms };
    if (operation === 'GenerateExternalKey') return { XksKeyId: api.addKey(), KeyId: input.KeyId };
    const found = api.keys.get(String(input.XksKeyId));
    if (found === undefined) throw new ApiError('NotFoundException', 'not there');
    if (operation === 'DescribeExternalKey')
      return { KeySpec: 'AES_256', KeyUsage: ['ENCRYPT', 'DECRYPT'], Enabled: found.enabled };
    if (!found.enabled) throw new ApiError('DisabledException', 'disabled');
    const aad = bytes(input.AdditionalAuthenticatedData ?? '');
    if (operation === 'EncryptWithExternalKey') return seal(found.key, aad, bytes(input.Plaintext));
    if (operation === 'DecryptWithExternalKey') return open(found.key, aad, input);
    throw new ApiError('UnknownOperationException');
  }

  return api;
}

const bytes = (value: unknown): Buffer => Buffer.from(String(value), 'base64');

function withLengths(aad: Buffer, metadata: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(aad.length);
  return Buffer.concat([length, aad, Buffer.from([metadata.length]), metadata]);
}

function seal(key: Buffer, aad: Buffer, plaintext: Buffer): Json {
  const [metadata, iv] = [randomBytes(17), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(withLengths(aad, metadata));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return {
    Ciphertext: ciphertext.toString('base64'),
    CiphertextMetadata: metadata.toString('base64'),
    InitializationVector: iv.toString('base64'),
    AuthenticationTag: cipher.getAuthTag().toString('base64'),
  };
}

function open(key: Buffer, aad: Buffer, input: Json): Json {
  const decipher = createDecipheriv('aes-256-gcm', key, bytes(input.InitializationVector), {
    authTagLength: 16,
  });
  decipher.setAAD(withLengths(aad, bytes(input.CiphertextMetadata)));
  decipher.setAuthTag(bytes(input.AuthenticationTag));
  try {
    const plaintext = Buffer.concat([decipher.update(bytes(input.Ciphertext)), decipher.final()]);
    return { Plaintext: plaintext.toString('base64') };
  } catch {
    throw new ApiError('InvalidCiphertextException');
  }
}
