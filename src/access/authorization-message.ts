/**
 * The encoded authorization message: a denial's whole account, sealed so that only those who may call
 * sts:DecodeAuthorizationMessage read it, and complete in itself: nothing is stored. Layout (docs/formats.md):
 * base64url(version 1 | nonce 12 | AES-256-GCM ciphertext of JSON | tag 16). AWS: API_DecodeAuthorizationMessage.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';

/** In the members that AWS's decoded messages have; `reason` is ours. */
export interface AuthorizationMessage {
  allowed: boolean;
  explicitDeny: boolean;
  /** decision.ts */
  reason: string;
  matchedStatements: {
    items: {
      statementId: string;
      effect: string;
      policyType: string;
      policy: string;
      line: number;
      column: number;
    }[];
  };
  context: {
    principal: { id: string; arn: string };
    action: string;
    resource: string;
    conditions: { items: { key: string; values: { items: { value: string }[] } }[] };
  };
}

export interface AuthorizationMessages {
  encode(message: AuthorizationMessage): string;
  /** The message's JSON text; undefined for what was not encoded here. */
  decode(encoded: string): string | undefined;
}

/** The message's text if it is about a principal of this account; undefined otherwise. */
export function decodeForAccount(
  messages: AuthorizationMessages,
  encoded: string,
  accountId: string,
): string | undefined {
  const text = messages.decode(encoded);
  if (text === undefined) return undefined;
  const { arn } = (JSON.parse(text) as AuthorizationMessage).context.principal;
  return arn.split(':')[4] === accountId ? text : undefined;
}

const VERSION = 1;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEADER_BYTES = 1 + NONCE_BYTES;
const ALGORITHM = 'aes-256-gcm';

/** @param secret of the installation, at least 32 bytes; the key is derived from it */
export function createAuthorizationMessages(secret: Buffer): AuthorizationMessages {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'claviger authorization message', 32));
  return {
    encode: (message) => {
      const header = Buffer.concat([Buffer.of(VERSION), randomBytes(NONCE_BYTES)]);
      const cipher = createCipheriv(ALGORITHM, key, header.subarray(1), { authTagLength: TAG_BYTES });
      cipher.setAAD(header);
      const text = cipher.update(JSON.stringify(message), 'utf8');
      return Buffer.concat([header, text, cipher.final(), cipher.getAuthTag()]).toString('base64url');
    },
    decode: (encoded) => {
      const bytes = Buffer.from(encoded, 'base64url');
      if (bytes.length < HEADER_BYTES + TAG_BYTES || bytes[0] !== VERSION) return undefined;
      if (bytes.toString('base64url') !== encoded) return undefined;
      const header = bytes.subarray(0, HEADER_BYTES);
      const end = bytes.length - TAG_BYTES;
      try {
        const decipher = createDecipheriv(ALGORITHM, key, header.subarray(1), { authTagLength: TAG_BYTES });
        decipher.setAAD(header);
        decipher.setAuthTag(bytes.subarray(end));
        const text = decipher.update(bytes.subarray(HEADER_BYTES, end));
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch {
        return undefined;
      }
    },
  };
}
