/**
 * The typed client of the crypto process. It holds no key: it names keys by reference, and when the process does not
 * have one loaded, asks its owner for the encrypted key (EKT), loads it and repeats the call.
 */
import { connect } from 'node:net';
import { RpcClient } from '../rpc/client.ts';
import {
  CryptoErrorCode,
  CryptoVerb,
  REF_BYTES,
  encodeDataKeyLength,
  encodeKeyUse,
  encodeRandom,
} from '../rpc/crypto-messages.ts';
import type { KeyUse } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import { GENERATION_TIMEOUT_MS, asymmetricClient } from './asymmetric-client.ts';
import type { AsymmetricClient } from './asymmetric-client.ts';
import {
  CryptoProcessVerb,
  decodeGeneratedKey,
  encodeGenerateKey,
  encodeLoadKey,
  encodeSealRequest,
} from './messages.ts';
import type { CryptoProcessDescription, EncryptedKey, GenerateKeyRequest, GeneratedKey } from './messages.ts';
import {
  decodeImportedKey,
  decodeWrappingKey,
  encodeImportKey,
  encodeMakeWrappingKey,
} from './import-messages.ts';
import type { ImportKeyRequest, ImportedKey, WrappingKey } from './import-messages.ts';

export type {
  CryptoProcessDescription,
  EncryptedKey,
  GenerateKeyRequest,
  GeneratedKey,
  KeyType,
} from './messages.ts';
export type { DataKeyPair, OaepAlgorithm, PublicKey, SigningInput } from './asymmetric-messages.ts';
export type { AsymmetricClient } from './asymmetric-client.ts';
export type { ImportKeyRequest, ImportedKey, WrappingAlgorithm, WrappingKey } from './import-messages.ts';

/** Deadlines in milliseconds. Use verbs take microseconds; the rest waits for the disk or, at rotation, for the token. */
const USE_TIMEOUT_MS = 2_000;
const MANAGE_TIMEOUT_MS = 10_000;
/** Two primes of 2,048 bits take seconds, and other searches may come first. */
const PRIMES_TIMEOUT_MS = 60_000;

/** A key may be evicted between its load and the repeated call; more often than this it is not chance. */
const MAX_LOADS_PER_CALL = 3;

/**
 * Finds the encrypted key of a reference, with the associated data it was generated with (both from the key's row, after
 * its row code was checked). `undefined`: there is no such key, and the call fails with KEY_NOT_FOUND.
 */
export type FindKey = (keyRef: Buffer) => EncryptedKey | undefined | Promise<EncryptedKey | undefined>;

export interface CryptoProcessClientOptions {
  /** Without it, KEY_NOT_FOUND goes to the caller. */
  findKey?: FindKey;
  /** Deadline of the use verbs in milliseconds (default 2,000). */
  timeoutMs?: number;
}

/**
 * All methods throw RpcError: the codes of CryptoErrorCode and CryptoProcessErrorCode, CONNECTION_LOST and DEADLINE
 * (src/rpc/client.ts). Answers of the use verbs are views into the received chunk: copy what must live long.
 */
export interface CryptoProcessClient extends AsymmetricClient {
  /** @returns the store's part of the ciphertext: 76 bytes longer than the plaintext. */
  encrypt(use: KeyUse, plaintext: Buffer): Promise<Buffer>;
  /** @param storePart what `encrypt` or `generateDataKey` gave as ciphertext */
  decrypt(use: KeyUse, storePart: Buffer): Promise<Buffer>;
  /** @param bytes length of the data key, 1 to 1024 */
  generateDataKey(use: KeyUse, bytes: number): Promise<{ plaintext: Buffer; ciphertext: Buffer }>;
  /** @param bytes length of the data key, 1 to 1024 */
  generateDataKeyWithoutPlaintext(use: KeyUse, bytes: number): Promise<Buffer>;
  /** @param bytes 1 to 1024 */
  random(requestId: Buffer, bytes: number): Promise<Buffer>;

  /** A new key, encrypted; it was opened once before this resolves. It is not loaded by this. */
  generateKey(request: GenerateKeyRequest): Promise<GeneratedKey>;
  /** @returns the key's check value, 16 bytes */
  loadKey(keyRef: Buffer, key: EncryptedKey): Promise<Buffer>;
  /** The process wipes the key from its memory; resolves also when it was not loaded. */
  forgetKey(keyRef: Buffer): Promise<void>;

  /** A new RSA key pair to wrap key material with; its private half is sealed for `importKey` with the same `aad`. */
  makeWrappingKey(modulusBits: number, aad: Buffer): Promise<WrappingKey>;
  /** Unwraps key material there and encrypts it. It is not loaded by this. */
  importKey(request: ImportKeyRequest): Promise<ImportedKey>;

  /** Encrypts a small secret of the server. The same `purpose` and `aad` must be given to open it. */
  seal(purpose: string, aad: Buffer, secret: Buffer): Promise<Buffer>;
  unseal(purpose: string, aad: Buffer, sealed: Buffer): Promise<Buffer>;
  /** 32 bytes for row codes (src/storage/row-mac.ts): the same for a purpose as long as the key store lives. */
  deriveRowKey(purpose: string): Promise<Buffer>;

  /** @param timeoutMs how long it may take; ten seconds when undefined */
  describe(timeoutMs?: number): Promise<CryptoProcessDescription>;
  /** Makes a new domain key now (it happens weekly by itself). @returns its version */
  rotateDomainKey(): Promise<number>;
  /** Records that the recovery kit opens the domain keys. @param proof from `proveRecoverySeal` (src/seal) */
  confirmRecovery(proof: Buffer): Promise<void>;

  /** Calls that wait for their answer. */
  readonly inFlight: number;
  readonly closed: boolean;
  /** Called once when the connection has ended, at once if it already has. */
  onClose(listener: () => void): void;
  close(): void;
}

/**
 * @param socketPath as the process reported it in its ready line
 * @throws the socket's error (ENOENT, ECONNREFUSED) when nobody listens there
 */
export function connectCryptoProcess(
  socketPath: string,
  options: CryptoProcessClientOptions = {},
): Promise<CryptoProcessClient> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(createClient(new RpcClient(socket), options));
    });
  });
}

function createClient(rpc: RpcClient, options: CryptoProcessClientOptions): CryptoProcessClient {
  const timeoutMs = options.timeoutMs ?? USE_TIMEOUT_MS;
  const loads = new Map<string, Promise<boolean>>();

  const loadKey = async (keyRef: Buffer, key: EncryptedKey): Promise<Buffer> => {
    requireReference(keyRef);
    return rpc.call(CryptoProcessVerb.LoadKey, encodeLoadKey(keyRef, key), MANAGE_TIMEOUT_MS);
  };

  /** Loads a key once for all calls that wait for it. False: its owner does not know it. */
  const loadFound = (keyRef: Buffer, findKey: FindKey): Promise<boolean> => {
    const name = keyRef.toString('latin1');
    let load = loads.get(name);
    if (load === undefined) {
      load = (async () => {
        const key = await findKey(keyRef);
        if (key !== undefined) await loadKey(keyRef, key);
        return key !== undefined;
      })().finally(() => loads.delete(name));
      loads.set(name, load);
    }
    return load;
  };

  const repeatLoaded = async (
    verb: number,
    use: KeyUse,
    payload: Buffer,
    deadlineMs: number,
    first: unknown,
  ): Promise<Buffer> => {
    let error = first;
    for (let attempt = 0; attempt < MAX_LOADS_PER_CALL; attempt += 1) {
      if (!(error instanceof RpcError) || error.code !== CryptoErrorCode.keyNotFound) throw error;
      if (options.findKey === undefined || !(await loadFound(use.keyRef, options.findKey))) throw error;
      try {
        return await rpc.call(verb, payload, deadlineMs);
      } catch (again) {
        error = again;
      }
    }
    throw error;
  };

  const callWithKey = (verb: number, use: KeyUse, input: Buffer, deadlineMs = timeoutMs): Promise<Buffer> => {
    const payload = encodeKeyUse(use, input);
    return rpc
      .call(verb, payload, deadlineMs)
      .catch((error: unknown) => repeatLoaded(verb, use, payload, deadlineMs, error));
  };

  return {
    ...asymmetricClient({
      withKey: callWithKey,
      withoutKey: (verb, payload) => rpc.call(verb, payload, timeoutMs),
    }),
    encrypt: (use, plaintext) => callWithKey(CryptoVerb.Encrypt, use, plaintext),
    decrypt: (use, storePart) => callWithKey(CryptoVerb.Decrypt, use, storePart),
    async generateDataKey(use, bytes) {
      const answer = await callWithKey(CryptoVerb.GenerateDataKey, use, encodeDataKeyLength(bytes));
      return { plaintext: answer.subarray(0, bytes), ciphertext: answer.subarray(bytes) };
    },
    generateDataKeyWithoutPlaintext: (use, bytes) =>
      callWithKey(CryptoVerb.GenerateDataKeyWithoutPlaintext, use, encodeDataKeyLength(bytes)),
    random: (requestId, bytes) => rpc.call(CryptoVerb.Random, encodeRandom(requestId, bytes), timeoutMs),

    async generateKey(request) {
      const payload = encodeGenerateKey(request);
      return decodeGeneratedKey(
        await rpc.call(CryptoProcessVerb.GenerateKey, payload, GENERATION_TIMEOUT_MS),
      );
    },
    loadKey,
    async forgetKey(keyRef) {
      requireReference(keyRef);
      await rpc.call(CryptoProcessVerb.ForgetKey, keyRef, MANAGE_TIMEOUT_MS);
    },

    async makeWrappingKey(modulusBits, aad) {
      const payload = encodeMakeWrappingKey(modulusBits, aad);
      return decodeWrappingKey(await rpc.call(CryptoProcessVerb.MakeWrappingKey, payload, PRIMES_TIMEOUT_MS));
    },
    async importKey(request) {
      const payload = encodeImportKey(request);
      return decodeImportedKey(await rpc.call(CryptoProcessVerb.ImportKey, payload, MANAGE_TIMEOUT_MS));
    },

    seal: (purpose, aad, secret) =>
      rpc.call(CryptoProcessVerb.Seal, encodeSealRequest(purpose, aad, secret), MANAGE_TIMEOUT_MS),
    unseal: (purpose, aad, sealed) =>
      rpc.call(CryptoProcessVerb.Unseal, encodeSealRequest(purpose, aad, sealed), MANAGE_TIMEOUT_MS),
    async deriveRowKey(purpose) {
      const answer = await rpc.call(
        CryptoProcessVerb.DeriveRowKey,
        Buffer.from(purpose, 'utf8'),
        MANAGE_TIMEOUT_MS,
      );
      const key = Buffer.from(answer);
      answer.fill(0);
      return key;
    },

    describe: (limitMs = MANAGE_TIMEOUT_MS) => rpc.callJson(CryptoProcessVerb.Describe, {}, limitMs),
    async rotateDomainKey() {
      const answer = await rpc.call(CryptoProcessVerb.RotateDomainKey, Buffer.alloc(0), MANAGE_TIMEOUT_MS);
      return answer.readUInt32BE(0);
    },
    async confirmRecovery(proof) {
      await rpc.call(CryptoProcessVerb.ConfirmRecovery, proof, MANAGE_TIMEOUT_MS);
    },

    get inFlight() {
      return rpc.inFlight;
    },
    get closed() {
      return rpc.closed;
    },
    onClose: (listener) => rpc.onClose(listener),
    close: () => rpc.close(),
  };
}

function requireReference(keyRef: Buffer): void {
  if (keyRef.length !== REF_BYTES) throw new RangeError(`a key reference has ${REF_BYTES} bytes`);
}
