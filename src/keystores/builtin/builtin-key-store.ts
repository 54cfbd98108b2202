/**
 * The built-in key store: keys rest encrypted in the database and are used in the crypto process, which alone can open
 * them. Origin AWS_KMS.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CryptoProcessClient } from '../../crypto-process/client.ts';
import { connectCryptoProcess } from '../../crypto-process/client.ts';
import type { WrappingAlgorithm, WrappingKey } from '../../crypto-process/client.ts';
import type { EncryptedKey, KeyType } from '../../crypto-process/messages.ts';
import { CryptoErrorCode } from '../../rpc/crypto-messages.ts';
import type { KeyUse } from '../../rpc/crypto-messages.ts';
import { RpcError } from '../../rpc/frames.ts';
import { CryptoProcessErrorCode } from '../../crypto-process/messages.ts';
import { CiphertextRejected, ImportRefused, KeyStoreUnavailable, PublicKeyRejected } from '../key-store.ts';
import { materialOwner } from './material-owner.ts';
import type { DataKey, KeyMaterial, KeyStore, KeyUseContext } from '../key-store.ts';
import { asymmetricKeys } from './asymmetric-keys.ts';
import type { AsymmetricKeys } from './asymmetric-keys.ts';

/** Suite 1 of docs/formats.md: a key derived per message. */
const SUITE = 1;
/** Encrypted keys kept at hand for the crypto process to load; more than the catalog keeps keys. */
const MAX_KNOWN_KEYS = 100_000;
/** How long calls wait for a process that is being restarted. */
const RECONNECT_FOR_MS = 5_000;
const RECONNECT_PAUSE_MS = 50;
const MAX_ATTEMPTS = 4;
const HEARTBEAT_EVERY_MS = 2_000;
const HEARTBEAT_TIMEOUT_MS = 5_000;
/** After a suspension of the whole machine a deadline is over before the answer is read; not twice in a row. */
const HANGS_AFTER_MISSED = 2;

export type { KeyType };

export interface CreatedKey {
  encryptedKey: Buffer;
  /** 16 bytes. */
  check: Buffer;
  /** DER SubjectPublicKeyInfo; null for symmetric and HMAC keys. */
  publicKey: Buffer | null;
}

/** Key material as its owner wrapped it, and what it shall become. */
export interface WrappedMaterial {
  /** From `makeWrappingKey`, with what it was bound to. */
  sealedWrappingKey: Buffer;
  boundTo: Buffer;
  algorithm: WrappingAlgorithm;
  wrapped: Buffer;
  type: KeyType;
  keyId: string;
  keyArn: string;
}

export interface ImportedKey extends CreatedKey {
  /** 64 hex digits: a function of key id and material. */
  materialId: string;
}

export class BuiltinKeyStore implements KeyStore {
  readonly suite = SUITE;
  /** What only keys of this store can do. */
  readonly asymmetric: AsymmetricKeys = asymmetricKeys({
    withKey: (use, run) => this.#perform((client) => run(client, this.#keyUse(client, use))),
    withoutKey: (run) => this.#perform(run),
  });
  readonly #socketPath: () => string;
  #connection: Promise<CryptoProcessClient> | undefined;
  /** Since when there has been no connection (performance.now()); undefined while there is one. */
  #lostAt: number | undefined;
  /** Since when a heartbeat has had no answer (performance.now()). */
  #unheardSince: number | undefined;
  #closed = false;
  readonly #known = new Map<string, EncryptedKey & { material: KeyMaterial }>();
  readonly #seen = new WeakSet<KeyMaterial>();

  /** @param socketPath where the crypto process listens now: it may be another after a restart of it */
  constructor(socketPath: () => string) {
    this.#socketPath = socketPath;
  }

  /** Why no key can be used, for people. A process that is being restarted is no reason: calls wait for it. */
  get obstacle(): string | undefined {
    const since = this.#lostAt ?? this.#unheardSince;
    if (since === undefined || performance.now() - since < RECONNECT_FOR_MS) return undefined;
    this.#reconnect(); // who is not ready gets no calls, which would find out whether it is back
    return 'the crypto process does not answer';
  }

  /**
   * Begins to ask the process every two seconds whether it is there, until the store is closed. One that runs and says nothing still
   * takes connections, so nobody else would notice.
   * @param hangs called after ten seconds of silence, and every five seconds of it from then on
   */
  async watch(hangs: () => void): Promise<void> {
    for (let missed = 0; !this.#closed;) {
      await sleep(HEARTBEAT_EVERY_MS, undefined, { ref: false });
      this.#unheardSince ??= performance.now();
      const isSilent = await this.#hearsNothing();
      missed = isSilent ? missed + 1 : 0;
      if (!isSilent) this.#unheardSince = undefined;
      if (missed >= HANGS_AFTER_MISSED && !this.#closed) hangs();
    }
  }

  /** A connection that was lost is no silence: it is made again. */
  async #hearsNothing(): Promise<boolean> {
    try {
      await (await this.#client()).describe(HEARTBEAT_TIMEOUT_MS);
      return false;
    } catch (error) {
      return error instanceof RpcError && error.code === 'DEADLINE';
    }
  }

  encrypt(use: KeyUseContext, plaintext: Buffer): Promise<Buffer> {
    return this.#perform((client) => client.encrypt(this.#keyUse(client, use), plaintext));
  }

  decrypt(use: KeyUseContext, sealed: Buffer): Promise<Buffer> {
    return this.#perform((client) => client.decrypt(this.#keyUse(client, use), sealed));
  }

  async generateDataKey(use: KeyUseContext, bytes: number): Promise<DataKey> {
    const { plaintext, ciphertext } = await this.#perform((client) =>
      client.generateDataKey(this.#keyUse(client, use), bytes),
    );
    return { plaintext, sealed: ciphertext };
  }

  generateDataKeyWithoutPlaintext(use: KeyUseContext, bytes: number): Promise<Buffer> {
    return this.#perform((client) =>
      client.generateDataKeyWithoutPlaintext(this.#keyUse(client, use), bytes),
    );
  }

  random(requestId: Buffer, bytes: number): Promise<Buffer> {
    return this.#perform((client) => client.random(requestId, bytes));
  }

  /** A new key. @param materialId 64 hex digits */
  async createKey(materialId: string, keyArn: string, type: KeyType): Promise<CreatedKey> {
    const aad = materialAad(materialId, keyArn);
    const { ekt, check, publicKey } = await this.#perform((client) => client.generateKey({ type, aad }));
    return { encryptedKey: ekt, check, publicKey: publicKey ?? null };
  }

  /** An RSA key pair to wrap key material with. @param boundTo must be given again with the sealed private key */
  makeWrappingKey(modulusBits: number, boundTo: Buffer): Promise<WrappingKey> {
    return this.#perform((client) => client.makeWrappingKey(modulusBits, boundTo));
  }

  /** @throws CiphertextRejected when it cannot be unwrapped, ImportRefused */
  async importKey(material: WrappedMaterial): Promise<ImportedKey> {
    const { sealedWrappingKey, boundTo, algorithm, wrapped, type, keyId, keyArn } = material;
    const ektAadPrefix = materialAad('', keyArn);
    const request = {
      sealed: sealedWrappingKey,
      aad: boundTo,
      algorithm,
      wrapped,
      type,
      keyId,
      ektAadPrefix,
    };
    const imported = await this.#perform((client) => client.importKey(request));
    return {
      materialId: imported.materialId.toString('hex'),
      encryptedKey: imported.ekt,
      check: imported.check,
      publicKey: imported.publicKey ?? null,
    };
  }

  /** Has the crypto process wipe material that is deleted. */
  async forgetMaterial(material: KeyMaterial): Promise<void> {
    this.#known.delete(material.ref.toString('hex'));
    await this.#perform((client) => client.forgetKey(material.ref));
  }

  /** Encrypts a small secret of the server. The same purpose and subject must be given to open it. */
  async seal(purpose: string, subject: string, secret: Buffer): Promise<Buffer> {
    return Buffer.from(await this.#perform((client) => client.seal(purpose, Buffer.from(subject), secret)));
  }

  async unseal(purpose: string, subject: string, sealed: Buffer): Promise<Buffer> {
    return Buffer.from(await this.#perform((client) => client.unseal(purpose, Buffer.from(subject), sealed)));
  }

  /** 32 bytes for row-mac.ts. */
  async rowKey(): Promise<Buffer> {
    return Buffer.from(await this.#perform((client) => client.deriveRowKey('rows')));
  }

  /** 32 bytes for the session tokens of STS, the same for the whole life of the installation. */
  async sessionTokenKey(): Promise<Buffer> {
    return Buffer.from(await this.#perform((client) => client.deriveRowKey('session-tokens')));
  }

  async close(): Promise<void> {
    this.#closed = true;
    const connection = this.#connection;
    if (connection !== undefined) (await connection.catch(() => undefined))?.close();
  }

  /**
   * Runs a call, again on a new connection while the process is being restarted under it: all calls are safe to repeat.
   * More than once, for a process that dies still takes a connection before its last file is closed; not for ever, for
   * the call itself may be what the process dies of.
   */
  async #perform<T>(run: (client: CryptoProcessClient) => Promise<T>): Promise<T> {
    const until = performance.now() + RECONNECT_FOR_MS;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await run(await this.#client());
      } catch (error) {
        if (!isLost(error) || attempt === MAX_ATTEMPTS || performance.now() > until)
          throw asKeyStoreError(error);
      }
    }
  }

  #client(): Promise<CryptoProcessClient> {
    this.#connection ??= this.#connect().catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    return this.#connection;
  }

  /** The process may just be starting: tries for a while. */
  async #connect(): Promise<CryptoProcessClient> {
    const until = performance.now() + RECONNECT_FOR_MS;
    for (;;) {
      try {
        const client = await connectCryptoProcess(this.#socketPath(), {
          findKey: (keyRef) => this.#known.get(keyRef.toString('hex')),
        });
        this.#lostAt = undefined;
        client.onClose(() => this.#lost());
        return client;
      } catch (error) {
        if (this.#closed || performance.now() > until)
          throw new KeyStoreUnavailable(`the crypto process does not answer: ${String(error)}`);
        await sleep(RECONNECT_PAUSE_MS);
      }
    }
  }

  /** Does not wait for a call, so that what readiness says is so whether there are calls or not. */
  #lost(): void {
    this.#connection = undefined;
    this.#lostAt = performance.now();
    void sleep(RECONNECT_PAUSE_MS, undefined, { ref: false }).then(() => this.#reconnect());
  }

  #reconnect(): void {
    if (!this.#closed) this.#client().catch(() => undefined);
  }

  #keyUse(client: CryptoProcessClient, { material, keyArn, requestId, aad }: KeyUseContext): KeyUse {
    if (!this.#seen.has(material)) {
      const encrypted = this.#learn(material, keyArn);
      // on its way before the call that needs it; should it fail, that call asks for the key and meets the error itself
      client.loadKey(material.ref, encrypted).catch(() => undefined);
    }
    return { keyRef: material.ref, check: material.check, requestId, aad };
  }

  #learn(material: KeyMaterial, keyArn: string): EncryptedKey {
    if (material.encryptedKey === null) throw new KeyStoreUnavailable('the key has no material');
    if (this.#known.size >= MAX_KNOWN_KEYS) this.#letGo();
    const encrypted = { ekt: material.encryptedKey, aad: materialAad(material.id, keyArn) };
    this.#known.set(material.ref.toString('hex'), { ...encrypted, material });
    this.#seen.add(material);
    return encrypted;
  }

  /** Lets go of the oldest, many at once as the crypto process does; the next use of one puts it back. */
  #letGo(): void {
    let left = MAX_KNOWN_KEYS / 100;
    for (const [name, { material }] of this.#known) {
      this.#known.delete(name);
      this.#seen.delete(material);
      left -= 1;
      if (left <= 0) return;
    }
  }
}

/** Binds encrypted material to its key: a database writer cannot put it under another. */
function materialAad(materialId: string, keyArn: string): Buffer {
  return Buffer.from(`claviger key material v1\0${materialOwner(keyArn)}\0${materialId}`);
}

function isLost(error: unknown): boolean {
  return error instanceof RpcError && error.code === 'CONNECTION_LOST';
}

function asKeyStoreError(error: unknown): unknown {
  if (!(error instanceof RpcError)) return error;
  if (error.code === CryptoErrorCode.invalidCiphertext) return new CiphertextRejected();
  if (error.code === CryptoProcessErrorCode.invalidPublicKey) return new PublicKeyRejected();
  if (error.code === CryptoProcessErrorCode.invalidImportToken) return new ImportRefused('token');
  if (error.code === CryptoProcessErrorCode.invalidKeyMaterial) return new ImportRefused('material');
  return new KeyStoreUnavailable(`The built-in key store could not do it: ${error.code}`);
}
