/** A minimal client of our own services that speak the Query protocol (IAM), signed like any client's request. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { signRequest } from '../aws/sigv4/sign.ts';
import type { Endpoint } from './api-client.ts';

/**
 * Calls one operation of IAM.
 * @param parameters by their names in the Query protocol: `ActionNames.member.1`
 * @returns the answer's XML
 * @throws Error with the error's code and message
 */
export function callIam(
  endpoint: Endpoint,
  action: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const form = new URLSearchParams({ Action: action, Version: '2010-05-08', ...parameters });
  const body = Buffer.from(form.toString());
  const url = new URL(endpoint.url);
  const headers = signRequest({
    method: 'POST',
    host: url.host,
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body,
    credentials: endpoint,
    region: endpoint.region,
    service: 'iam',
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
          const text = Buffer.concat(chunks).toString();
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${action}: ${errorOf(text) ?? `HTTP ${response.statusCode}`}`));
        });
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}

/** From XML, or from the JSON of a server that does not serve IAM. */
function errorOf(text: string): string | undefined {
  const [, code] = /<Code>([^<]*)<\/Code>/.exec(text) ?? /"__type":"([^"]*)"/.exec(text) ?? [];
  const [, message] = /<Message>([^<]*)<\/Message>/.exec(text) ?? /"message":"([^"]*)"/.exec(text) ?? [];
  return code === undefined ? undefined : [code, message].filter((part) => part !== undefined).join(': ');
}
