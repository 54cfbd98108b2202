/**
 * The host secret: 32 random bytes outside the data folder, one file per machine and user. It seals the PIN of the system
 * HSM, so that a stolen data folder (a backup, a disk image) opens nothing. docs/decisions/0003-system-hsm-pin.md.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { createFile, makePrivateFolder } from '../files/durable.ts';
import {
  IV_BYTES,
  KEY_BYTES,
  NONCE_BYTES,
  TAG_BYTES,
  decrypt,
  deriveKey,
  encryptInto,
} from './primitives.ts';
import { SealError } from './seal.ts';

const SECRET_BYTES = 32;
const PIN_LABEL = 'claviger/system-pin/1';

/** Where this machine keeps its secret: `$CLAVIGER_HOST_SECRET`, else `claviger/host.secret` in the user's configuration. */
export function hostSecretPath(env: NodeJS.ProcessEnv): string {
  if (env['CLAVIGER_HOST_SECRET']) return resolve(env['CLAVIGER_HOST_SECRET']);
  return join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'claviger', 'host.secret');
}

/**
 * @returns 32 bytes; the caller wipes them
 * @throws SealError HOST_SECRET_MISSING, HOST_SECRET_UNSAFE
 */
export function readHostSecret(path: string): Buffer {
  if (!existsSync(path)) {
    throw new SealError(
      'HOST_SECRET_MISSING',
      `the host secret ${path} is not there: restore it, or recover the key store with two shares of the recovery kit`,
    );
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new SealError(
      'HOST_SECRET_UNSAFE',
      `the host secret ${path} must be readable for its owner only (mode 0600)`,
    );
  }
  const secret = readFileSync(path);
  if (secret.length !== SECRET_BYTES) {
    throw new SealError('HOST_SECRET_UNSAFE', `the host secret ${path} must have ${SECRET_BYTES} bytes`);
  }
  return secret;
}

/** The host secret, made now when this machine has none. Two processes that start together get the same one. */
export function readOrCreateHostSecret(path: string): Buffer {
  if (!existsSync(path)) {
    makePrivateFolder(dirname(path));
    const secret = randomBytes(SECRET_BYTES);
    createFile(path, secret);
    secret.fill(0);
  }
  return readHostSecret(path);
}

/** The PIN encrypted with the host secret: nonce 16 | iv 12 | ciphertext | tag 16. */
export function sealPin(hostSecret: Buffer, pin: Buffer): Buffer {
  const sealed = Buffer.alloc(NONCE_BYTES + IV_BYTES + pin.length + TAG_BYTES);
  randomBytes(NONCE_BYTES + IV_BYTES).copy(sealed);
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const key = deriveKey(hostSecret, PIN_LABEL, nonce, KEY_BYTES);
  const iv = sealed.subarray(NONCE_BYTES, NONCE_BYTES + IV_BYTES);
  encryptInto(sealed, NONCE_BYTES + IV_BYTES, key, iv, nonce, pin);
  key.fill(0);
  return sealed;
}

/** @throws SealError HOST_SECRET_WRONG */
export function openPin(hostSecret: Buffer, sealed: Buffer): Buffer {
  const nonce = sealed.subarray(0, NONCE_BYTES);
  const iv = sealed.subarray(NONCE_BYTES, NONCE_BYTES + IV_BYTES);
  const body = sealed.subarray(NONCE_BYTES + IV_BYTES);
  const key = deriveKey(hostSecret, PIN_LABEL, nonce, KEY_BYTES);
  const pin = iv.length === IV_BYTES ? decrypt(key, iv, nonce, body) : undefined;
  key.fill(0);
  if (pin === undefined) {
    throw new SealError(
      'HOST_SECRET_WRONG',
      'the host secret does not open the PIN of the system HSM: it is not the one of the machine that made this key ' +
        'store (restore it, or recover the key store with two shares of the recovery kit)',
    );
  }
  return pin;
}
