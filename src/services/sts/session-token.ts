/**
 * src/services/sts: temporary credentials, which are kept nowhere. The token that comes with every request holds all that
 * there is to know of the session, sealed; the secret key follows from it. What ends a session early: its user or role
 * is deleted, or a policy denies tokens issued before a time (aws:TokenIssueTime).
 *
 * This file: the token. Format and vector: docs/formats.md, "Session tokens".
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { newAccessKeyId } from '../iam/unique-ids.ts';

/** What a session is. Times are milliseconds since 1970. */
export interface Session {
  readonly accountId: string;
  /** Unique id of the user or role; the account id of a root user. */
  readonly principalId: string;
  /** Sessions of roles only. */
  readonly name?: string | undefined;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** A session policy of the request. */
  readonly policy?: string | undefined;
  /** ARNs of managed session policies. */
  readonly policyArns?: readonly string[] | undefined;
  readonly tags?: Readonly<Record<string, string>> | undefined;
  /** Keys of tags that go on to roles that this session assumes. */
  readonly transitiveTags?: readonly string[] | undefined;
  readonly sourceIdentity?: string | undefined;
  /** ARN of the provider whose token began the session. */
  readonly federatedProvider?: string | undefined;
  /** Condition keys of that token: `<issuer>:sub`, `<issuer>:aud`. */
  readonly keys?: Readonly<Record<string, readonly string[]>> | undefined;
}

export interface TemporaryCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
}

export interface SessionTokens {
  issue(session: Session): TemporaryCredentials;
  /** The session of a token and the secret key that goes with it; undefined for what was not issued here for this access key. */
  open(accessKeyId: string, token: string): { session: Session; secretAccessKey: string } | undefined;
}

const VERSION = 1;
const SALT_BYTES = 32;
const HEAD_BYTES = 1 + SALT_BYTES;
const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SECRET_BYTES = 30;
/** Headers have 16 KiB together. */
const MAX_TOKEN_CHARACTERS = 12_288;
const LABEL = 'claviger/session-token/1 ';

/** @param key 32 bytes, from the crypto process */
export function createSessionTokens(
  key: Buffer,
  random: (bytes: number) => Buffer = randomBytes,
): SessionTokens {
  /** The salt makes a key of its own for each token, so that key and IV never come again together (RFC 5869). */
  const derive = (salt: Buffer, accessKeyId: string) => {
    const length = KEY_BYTES + IV_BYTES + SECRET_BYTES;
    const bytes = Buffer.from(hkdfSync('sha256', key, salt, LABEL + accessKeyId, length));
    return {
      key: bytes.subarray(0, KEY_BYTES),
      iv: bytes.subarray(KEY_BYTES, KEY_BYTES + IV_BYTES),
      secretAccessKey: bytes.subarray(KEY_BYTES + IV_BYTES).toString('base64'),
    };
  };
  return {
    issue(session) {
      const accessKeyId = newAccessKeyId('ASIA', session.accountId);
      const head = Buffer.concat([Buffer.from([VERSION]), random(SALT_BYTES)]);
      const derived = derive(head.subarray(1), accessKeyId);
      const cipher = createCipheriv('aes-256-gcm', derived.key, derived.iv).setAAD(head);
      const sealed = [
        cipher.update(deflateRawSync(JSON.stringify(session))),
        cipher.final(),
        cipher.getAuthTag(),
      ];
      const sessionToken = Buffer.concat([head, ...sealed]).toString('base64');
      return { accessKeyId, secretAccessKey: derived.secretAccessKey, sessionToken };
    },

    open(accessKeyId, token) {
      if (token.length > MAX_TOKEN_CHARACTERS) return undefined;
      const bytes = Buffer.from(token, 'base64');
      if (bytes.length <= HEAD_BYTES + TAG_BYTES || bytes[0] !== VERSION) return undefined;
      if (bytes.toString('base64') !== token) return undefined; // Node's decoder passes over junk
      const head = bytes.subarray(0, HEAD_BYTES);
      const derived = derive(head.subarray(1), accessKeyId);
      const decipher = createDecipheriv('aes-256-gcm', derived.key, derived.iv, { authTagLength: TAG_BYTES })
        .setAAD(head)
        .setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const opened = Buffer.concat([
          decipher.update(bytes.subarray(HEAD_BYTES, -TAG_BYTES)),
          decipher.final(),
        ]);
        const session = JSON.parse(inflateRawSync(opened).toString()) as Session;
        return { session, secretAccessKey: derived.secretAccessKey };
      } catch {
        return undefined;
      }
    },
  };
}
