/** A real OpenID Connect issuer for tests: a server with its keys, and the tokens that it signs. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';

export interface TokenIssuer {
  /** Its URL; servers that trust it need `oidc: { allowHttpOnLoopback: true }`. */
  url: string;
  /** The URL without its scheme, as IAM names providers in conditions. */
  name: string;
  token(subject: string, audience: string): Promise<string>;
  close(): void;
}

export async function startIssuer(): Promise<TokenIssuer> {
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'first', alg: 'RS256', use: 'sig' }];
  const server = createServer((request, response) => {
    const answer = request.url === '/keys' ? { keys } : { issuer: url, jwks_uri: `${url}/keys` };
    response.end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const name = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const url = `http://${name}`;
  return {
    url,
    name,
    token: (subject, audience) => {
      const now = Math.floor(Date.now() / 1000);
      return new SignJWT({ iss: url, aud: audience, sub: subject, iat: now, exp: now + 600 })
        .setProtectedHeader({ alg: 'RS256', kid: 'first' })
        .sign(privateKey);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
