/** Signs requests with Signature Version 4: for XKS proxies, our own commands, the benchmark and tests. */
import { hash } from 'node:crypto';
import {
  ALGORITHM,
  TERMINATOR,
  amzDate,
  canonicalPath,
  canonicalQueryPairs,
  canonicalRequest,
  joinQuery,
  splitTarget,
  stringToSign,
} from './canonical.ts';
import { createSigningKeys, sign } from './signing-key.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface RequestToSign {
  readonly method: string;
  /** As the Host header will have it, with a port that is not the default. */
  readonly host: string;
  /** Raw target: path and query. */
  readonly path: string;
  /** All of them are signed. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  readonly credentials: Credentials;
  readonly region: string;
  /** Signing name: `kms`, `cloudhsm`, … */
  readonly service: string;
  readonly now: Date;
}

const keys = createSigningKeys(100);

/** The headers to send, with lower-case names: those given, and host, x-amz-date, x-amz-security-token, authorization. */
export function signRequest(request: RequestToSign): Record<string, string> {
  const { method, credentials, region, service } = request;
  const date = amzDate(request.now);
  const day = date.slice(0, 8);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers ?? {})) headers[name.toLowerCase()] = value;
  headers.host = request.host;
  headers['x-amz-date'] = date;
  if (credentials.sessionToken !== undefined) headers['x-amz-security-token'] = credentials.sessionToken;

  const signedHeaders = Object.keys(headers).sort();
  const signedHeadersText = signedHeaders.join(';');
  const [path, query] = splitTarget(request.path);
  const canonical = canonicalRequest({
    method,
    path: canonicalPath(path),
    query: joinQuery(canonicalQueryPairs(query)),
    headers: { names: signedHeaders, values: signedHeaders.map((name) => headers[name] as string) },
    signedHeaders,
    signedHeadersText,
    bodyHash: hash('sha256', request.body ?? '', 'hex'),
  }) as string;
  const scope = `${day}/${region}/${service}/${TERMINATOR}`;
  const credential = `${credentials.accessKeyId}/${scope}`;
  const key = keys.get(credential, credentials.secretAccessKey, day, region, service);
  const signature = sign(key, stringToSign(date, scope, canonical));
  headers.authorization = `${ALGORITHM} Credential=${credential}, SignedHeaders=${signedHeadersText}, Signature=${signature}`;
  return headers;
}
