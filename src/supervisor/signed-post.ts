/** Sends one signed request to our own endpoint: what the minimal clients of its protocols share. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { signRequest } from '../aws/sigv4/sign.ts';

export interface Endpoint {
  /** `http://host:port` */
  url: string;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
}

export interface SignedPost {
  /** As signatures name it, such as `kms`. */
  service: string;
  /** Content type and what else the protocol wants. */
  headers: Record<string, string>;
  body: string;
}

/** @throws Error when the connection fails */
export function postSigned(
  endpoint: Endpoint,
  { service, headers, body: text }: SignedPost,
): Promise<{ status: number; text: string }> {
  const body = Buffer.from(text);
  const url = new URL(endpoint.url);
  const signed = signRequest({
    method: 'POST',
    host: url.host,
    path: '/',
    headers,
    body,
    credentials: endpoint,
    region: endpoint.region,
    service,
    now: new Date(),
  });
  return new Promise((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const request = send(
      // our own server on this machine, whatever name its certificate bears
      {
        host: url.hostname.replace(/^\[|\]$/g, ''), // an IPv6 address is looked up as a name in brackets
        port: url.port,
        method: 'POST',
        path: '/',
        headers: signed,
        rejectUnauthorized: false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}
