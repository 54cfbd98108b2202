/**
 * Grant tokens (docs/formats.md, "Grant token"): base64 of
 *
 *     version 1 | grant id 32 | nonce 16 | HMAC-SHA-256 32
 *
 * Nothing is stored of them. A token proves that this installation gave it for a grant; what it is worth, and whether the
 * grant is still there, the grant says. AWS: "Grant tokens".
 */
import { randomBytes } from 'node:crypto';
import { RowTampered } from '../../storage/row-mac.ts';
import type { RowMac } from '../../storage/row-mac.ts';

const VERSION = 1;
const NONCE_AT = 33;
const MAC_AT = 49;
const TOKEN_BYTES = 81;
const PURPOSE = 'grant_tokens';

/** A new token for a grant, another one each time. @param grantId 64 hex digits */
export function mintGrantToken(mac: RowMac, grantId: string): string {
  const nonce = randomBytes(MAC_AT - NONCE_AT);
  const sealed = mac.seal(PURPOSE, { grant_id: grantId, nonce });
  return Buffer.concat([
    Buffer.from([VERSION]),
    Buffer.from(grantId, 'hex'),
    nonce,
    Buffer.from(sealed.mac, 'hex'),
  ]).toString('base64');
}

/** The id of the grant that a token was given for; undefined for what is no token of ours. */
export function grantOfToken(mac: RowMac, token: string): string | undefined {
  const bytes = Buffer.from(token, 'base64');
  // one form for each token: what base64 decoders pass over was not in it when it was given
  if (bytes.length !== TOKEN_BYTES || bytes[0] !== VERSION || bytes.toString('base64') !== token) {
    return undefined;
  }
  const row = {
    grant_id: bytes.toString('hex', 1, NONCE_AT),
    nonce: bytes.subarray(NONCE_AT, MAC_AT),
    mac: bytes.toString('hex', MAC_AT),
  };
  try {
    return mac.check(PURPOSE, row).grant_id;
  } catch (error) {
    if (error instanceof RowTampered) return undefined;
    throw error;
  }
}
