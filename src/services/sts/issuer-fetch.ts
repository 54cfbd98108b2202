/**
 * Fetches a JSON document from an issuer: small, soon, without redirects, and only from whom TLS or a thumbprint vouches for.
 * AWS: "Obtain the thumbprint for an OpenID Connect identity provider": a certificate of a known CA needs no thumbprint;
 * another one must be, or be issued under, a certificate with one of the provider's thumbprints.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls';
import type { OidcConfiguration } from '../../configuration/oidc.ts';
import { readBounded } from '../../http/bounded-body.ts';

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 262_144;
const MAX_CHAIN = 8;

/** What an issuer could not give; the message is for the log. */
export class IssuerUnreachable extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'IssuerUnreachable';
  }
}

/** @param thumbprints SHA-1 in lower-case hex @throws IssuerUnreachable */
export type FetchDocument = (url: string, thumbprints: readonly string[]) => Promise<unknown>;

export function createIssuerFetch(config: OidcConfiguration): FetchDocument {
  const ca =
    config.caFile === undefined ? undefined : [...rootCertificates, readFileSync(config.caFile, 'utf8')];
  return (text, thumbprints) =>
    new Promise((resolve, reject) => {
      const fail = (message: string, cause?: unknown): void =>
        reject(new IssuerUnreachable(`${text}: ${message}`, { cause }));
      const url = parseUrl(text, config);
      if (url === undefined) {
        fail('not an address that may be asked');
        return;
      }
      const options = { agent: false, timeout: TIMEOUT_MS, headers: { accept: 'application/json' } };
      const receive = (response: IncomingMessage): void => {
        if (response.statusCode !== 200) {
          fail(`status ${response.statusCode}`);
          request.destroy();
          return;
        }
        readJson(response).then(resolve, (error: unknown) => {
          fail('not a JSON document of reasonable size', error);
          request.destroy();
        });
      };
      const request =
        url.protocol === 'http:'
          ? httpRequest(url, options, receive)
          : // who does not pass OpenSSL's check may still pass by a thumbprint: see below
            httpsRequest(
              url,
              { ...options, ca, rejectUnauthorized: false, minVersion: 'TLSv1.2' },
              (response) => {
                const socket = response.socket as TLSSocket;
                if (socket.authorized || isPinned(socket, url.hostname, thumbprints)) receive(response);
                else {
                  fail('no certificate of a known CA, nor one with a registered thumbprint');
                  request.destroy();
                }
              },
            );
      const deadline = setTimeout(() => request.destroy(new Error('timed out')), TIMEOUT_MS);
      request.once('close', () => clearTimeout(deadline));
      request.once('timeout', () => request.destroy(new Error('timed out')));
      request.once('error', (error) => fail(error.message, error));
      request.end();
    });
}

function parseUrl(text: string, { allowHttpOnLoopback }: OidcConfiguration): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  const loopback = url.hostname === 'localhost' || /^127\.\d+\.\d+\.\d+$/.test(url.hostname);
  const allowed = url.protocol === 'https:' || (url.protocol === 'http:' && loopback && allowHttpOnLoopback);
  return allowed && url.username === '' ? url : undefined;
}

async function readJson(response: IncomingMessage): Promise<unknown> {
  return JSON.parse((await readBounded(response, MAX_BYTES)).toString()) as unknown;
}

/**
 * Whether the server's certificate is for this host, valid now, and is, or was issued under, one with a registered thumbprint.
 * Each signature up to that one is checked: anybody can send a certificate along.
 */
function isPinned(socket: TLSSocket, host: string, thumbprints: readonly string[]): boolean {
  if (thumbprints.length === 0) return false;
  const chain = chainOf(socket.getPeerCertificate(true));
  const [leaf] = chain;
  if (leaf === undefined || !namesHost(leaf, host)) return false;
  const now = Date.now();
  for (const [i, certificate] of chain.entries()) {
    const valid = Date.parse(certificate.validFrom) <= now && now <= Date.parse(certificate.validTo);
    if (!valid || (i > 0 && !certificate.ca)) return false;
    if (thumbprints.includes(certificate.fingerprint.replaceAll(':', '').toLowerCase())) return true;
    const issuer = chain[i + 1];
    if (issuer === undefined || !certificate.checkIssued(issuer) || !certificate.verify(issuer.publicKey))
      return false;
  }
  return false;
}

function namesHost(certificate: X509Certificate, host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '');
  return (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined;
}

function chainOf(peer: DetailedPeerCertificate): X509Certificate[] {
  const chain: X509Certificate[] = [];
  const seen = new Set<string>();
  for (
    let next: DetailedPeerCertificate | undefined = peer;
    next?.raw !== undefined;
    next = next.issuerCertificate
  ) {
    if (seen.has(next.fingerprint256) || chain.length === MAX_CHAIN) break; // a root is its own issuer
    seen.add(next.fingerprint256);
    chain.push(new X509Certificate(next.raw));
  }
  return chain;
}
