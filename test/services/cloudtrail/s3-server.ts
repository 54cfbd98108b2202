/**
 * As much of Amazon S3 as trails and `aws cloudtrail validate-logs` use, in memory: PutObject, GetObject, DeleteObject,
 * ListObjects (version 1) and GetBucketLocation, with paths as `/<bucket>/<key>`.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface StoredObject {
  body: Buffer;
  /** Headers `x-amz-meta-…` by the rest of their names. */
  metadata: Record<string, string>;
}

export interface S3Server {
  endpoint: string;
  /** Key to object; a test may change them. */
  objects: Map<string, StoredObject>;
  /** Keys in the order in which they were written, again ones included. */
  written: string[];
  /** Whose requests are served; their signatures are not checked. */
  accessKeyIds: Set<string>;
  /** Answers for PutObject: false refuses, 'lost' stores and fails all the same. */
  accepts: (key: string) => boolean | 'lost';
  close(): Promise<void>;
}

export async function startS3(bucket: string, accessKeyId: string): Promise<S3Server> {
  const server = createServer((request, response) => {
    void answer(request, response).catch(() => request.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const s3: S3Server = {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects: new Map(),
    written: [],
    accessKeyIds: new Set([accessKeyId]),
    accepts: () => true,
    async close() {
      server.close();
      server.closeAllConnections();
    },
  };

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', s3.endpoint);
    const [, name, ...rest] = decodeURIComponent(url.pathname).split('/');
    const key = rest.join('/');
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const authorization = request.headers.authorization ?? '';
    const known = [...s3.accessKeyIds].some((id) => authorization.includes(`Credential=${id}/`));
    if (!known) return fail(response, 403, 'AccessDenied');
    if (name !== bucket) return fail(response, 404, 'NoSuchBucket');
    if (key === '') return url.searchParams.has('location') ? location(response) : list(url, response);
    if (request.method === 'PUT') return put(key, Buffer.concat(chunks), request, response);
    const object = s3.objects.get(key);
    if (object === undefined) return fail(response, 404, 'NoSuchKey');
    const metadata = Object.entries(object.metadata).map(([meta, value]) => [`x-amz-meta-${meta}`, value]);
    response.writeHead(200, {
      etag: etag(object.body),
      ...(Object.fromEntries(metadata) as Record<string, string>),
    });
    response.end(object.body);
  }

  function put(key: string, body: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const accepted = s3.accepts(key);
    if (accepted === false) return fail(response, 400, 'InvalidRequest');
    const metadata = Object.entries(request.headers).flatMap(([header, value]) =>
      header.startsWith('x-amz-meta-') ? [[header.slice('x-amz-meta-'.length), String(value)]] : [],
    );
    s3.objects.set(key, { body, metadata: Object.fromEntries(metadata) as Record<string, string> });
    s3.written.push(key);
    if (accepted === 'lost') return fail(response, 400, 'InvalidRequest');
    response.writeHead(200, { etag: etag(body) });
    response.end();
  }

  function list(url: URL, response: ServerResponse): void {
    const [prefix, marker] = [url.searchParams.get('prefix') ?? '', url.searchParams.get('marker') ?? ''];
    const keys = [...s3.objects.keys()].filter((key) => key.startsWith(prefix) && key > marker).sort();
    const contents = keys.map((key) => `<Contents><Key>${key}</Key><Size>1</Size></Contents>`).join('');
    xml(
      response,
      200,
      `<ListBucketResult><Name>${bucket}</Name><IsTruncated>false</IsTruncated>${contents}</ListBucketResult>`,
    );
  }

  return s3;
}

const etag = (body: Buffer): string => `"${createHash('md5').update(body).digest('hex')}"`;

function location(response: ServerResponse): void {
  xml(response, 200, '<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>');
}

function fail(response: ServerResponse, status: number, code: string): void {
  xml(response, status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

function xml(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/xml' });
  response.end(`<?xml version="1.0" encoding="UTF-8"?>\n${text}`);
}
