/** A minimal client of our own KMS endpoint: what the first start needs, signed like any client's request. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { signRequest } from '../aws/sigv4/sign.ts';
import type { KmsOperations } from '../aws/generated/kms.ts';

export interface Endpoint {
  /** `http://host:port` */
  url: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Calls one operation. @throws Error naming the error code */
export function callKms<N extends keyof KmsOperations>(
  endpoint: Endpoint,
  operation: N,
  input: KmsOperations[N]['input'],
): Promise<unknown> {
  const body = Buffer.from(JSON.stringify(input));
  const url = new URL(endpoint.url);
  const headers = signRequest({
    method: 'POST',
    host: url.host,
    path: '/',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` },
    body,
    credentials: endpoint,
    region: endpoint.region,
    service: 'kms',
    now: new Date(),
  });
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(
      // our own server on this machine, whatever name its certificate bears
      { host: url.hostname, port: url.port, method: 'POST', path: '/', headers, rejectUnauthorized: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          const answer = JSON.parse(Buffer.concat(chunks).toString() || '{}') as { __type?: string };
          if (response.statusCode === 200) resolve(answer);
          else reject(new Error(`${operation}: ${answer.__type ?? response.statusCode}`));
        });
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}
