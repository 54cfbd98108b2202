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

const THROTTLED = 'ThrottlingException';
const RETRY_MS = 250;
const TRIES = 60;

/** Calls one operation, again when the account's request quota is used up. @throws Error naming the error code */
export async function callKms<N extends keyof KmsOperations>(
  endpoint: Endpoint,
  operation: N,
  input: KmsOperations[N]['input'],
): Promise<unknown> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await callOnce(endpoint, operation, input);
    } catch (error) {
      if (tries === TRIES || !(error as Error).message.endsWith(THROTTLED)) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

function callOnce<N extends keyof KmsOperations>(
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
