/** Passwords of the HSM's users: what they may be, and how the officer's is kept (as a scrypt verifier, RFC 7914). */
import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';

/** CloudHSM: 7 to 32 letters and digits. */
const PASSWORD = /^[A-Za-z0-9]{7,32}$/;

/** @throws RpcError INVALID_PASSWORD */
export function requireNewPassword(password: string): void {
  if (!PASSWORD.test(password)) {
    throw new RpcError(HsmErrorCode.invalidPassword, 'a password has 7 to 32 letters and digits');
  }
}

export interface Verifier {
  /** base64, 32 bytes. */
  salt: string;
  /** base64, 32 bytes. */
  hash: string;
  cost: { N: number; r: number; p: number };
}

/** OWASP's scrypt minimum of equal strength to N=2^17, p=1, with an eighth of the memory; about 0.1 s. */
const COST = { N: 2 ** 14, r: 8, p: 5 } as const;
const HASH_BYTES = 32;

function derive(password: string, salt: Buffer, cost: Verifier['cost']): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, HASH_BYTES, cost, (error, hash) =>
      error === null ? resolve(hash) : reject(error),
    );
  });
}

/** @throws RpcError INVALID_PASSWORD */
export async function makeVerifier(password: string): Promise<Verifier> {
  requireNewPassword(password);
  const salt = randomBytes(32);
  const hash = await derive(password, salt, COST);
  return { salt: salt.toString('base64'), hash: hash.toString('base64'), cost: COST };
}

export async function verifies(verifier: Verifier, password: string): Promise<boolean> {
  const hash = await derive(password, Buffer.from(verifier.salt, 'base64'), verifier.cost);
  return timingSafeEqual(hash, Buffer.from(verifier.hash, 'base64'));
}

/** Recognises a password again within this process life, without keeping anything that helps outside of it. */
export interface PasswordTag {
  key: Buffer;
  tag: Buffer;
}

export function tagPassword(password: string): PasswordTag {
  const key = randomBytes(32);
  return { key, tag: createHmac('sha256', key).update(password).digest() };
}

export function matchesTag({ key, tag }: PasswordTag, password: string): boolean {
  return timingSafeEqual(tag, createHmac('sha256', key).update(password).digest());
}
