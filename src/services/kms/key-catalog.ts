/**
 * Keys and aliases in memory, in front of the database: what the hot path reads. Rows are checked (row-mac.ts) when they
 * are loaded. Every change goes through here, so that the acting process never sees an old key.
 */
import type { AliasRow, KeyMaterialRow, KmsKeyRow } from '../../storage/schema.ts';
import { aliasesOf, findAlias } from '../../storage/aliases.ts';
import { findKey, findKeyArn, listTags, replaceKey } from '../../storage/keys.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { Database, DatabaseTransaction, Queryable } from '../../storage/store.ts';
import { keyNotFound } from './errors.ts';
import { Generations } from './generations.ts';
import type { Grants } from './grants.ts';
import { keyFromRows } from './key.ts';
import type { KmsKey } from './key.ts';
import { Memory } from './memory.ts';

/** A key with its materials. */
export interface KeyRows {
  key: KmsKeyRow;
  materials: KeyMaterialRow[];
}

/** What hangs on a key and is asked for by few policies. */
export interface KeyLabels {
  readonly tags: readonly { readonly key: string; readonly value: string }[];
  /** Names, with `alias/`. */
  readonly aliases: readonly string[];
}

/** Entries kept per kind: a key with its policy takes about 4 KiB, and a server is to stay below 1 GiB with any number of keys. */
const MAX_ENTRIES = 50_000;

export class KeyCatalog {
  readonly #db: Database;
  readonly #mac: RowMac;
  readonly #grants: Grants;
  readonly #keys: Memory<KmsKey>;
  readonly #aliases = new Memory<AliasRow>(MAX_ENTRIES);
  readonly #labels = new Memory<KeyLabels>(MAX_ENTRIES);
  /** By Region and key id: keys of accounts other than the caller's. */
  readonly #arns = new Generations<string>(MAX_ENTRIES);

  /**
   * @param grants are loaded with their keys, so that they are there whenever a key is
   * @param capacity keys that are kept in memory
   */
  constructor(db: Database, mac: RowMac, grants: Grants, capacity = MAX_ENTRIES) {
    this.#db = db;
    this.#mac = mac;
    this.#grants = grants;
    this.#keys = new Memory(capacity, (keyArn) => grants.forget(keyArn));
  }

  /** The key if it is in memory: what the hot path tries first. */
  cached(keyArn: string): KmsKey | undefined {
    return this.#keys.get(keyArn);
  }

  /** @throws RowTampered */
  async find(keyArn: string): Promise<KmsKey | undefined> {
    return this.#keys.find(keyArn, async () => {
      const rows = await this.rows(this.#db, keyArn);
      if (rows === undefined) return undefined;
      await this.#grants.load(keyArn);
      return keyFromRows(rows.key, rows.materials);
    });
  }

  /** A key's rows as the database has them now, checked. @throws RowTampered */
  async rows(db: Queryable, keyArn: string): Promise<KeyRows | undefined> {
    const rows = await findKey(db, keyArn);
    if (rows === undefined) return undefined;
    this.#mac.check('kms_keys', rows.key);
    for (const material of rows.materials) this.#mac.check('key_materials', material);
    return rows;
  }

  /** @throws RowTampered */
  async findAlias(aliasArn: string): Promise<AliasRow | undefined> {
    return this.#aliases.find(aliasArn, async () => {
      const row = await findAlias(this.#db, aliasArn);
      return row === undefined ? undefined : this.#mac.check('aliases', row);
    });
  }

  /** The key with this id in whatever account: a ciphertext names its key without account. @throws RowTampered */
  async findInRegion(region: string, keyId: string): Promise<KmsKey | undefined> {
    const name = `${region} ${keyId}`;
    const arn = this.#arns.get(name) ?? (await findKeyArn(this.#db, region, keyId));
    if (arn === undefined) return undefined;
    this.#arns.set(name, arn);
    return this.find(arn);
  }

  /** Tags and aliases of a key if they are in memory. */
  cachedLabels(keyArn: string): KeyLabels | undefined {
    return this.#labels.get(keyArn);
  }

  /** @throws RowTampered */
  async labels(keyArn: string): Promise<KeyLabels> {
    const read = async (): Promise<KeyLabels> => {
      const aliases = await aliasesOf(this.#db, keyArn);
      return {
        tags: await listTags(this.#db, keyArn),
        aliases: aliases.map((row) => this.#mac.check('aliases', row).alias_name),
      };
    };
    return (await this.#labels.find(keyArn, read)) as KeyLabels;
  }

  cachedAlias(aliasArn: string): AliasRow | undefined {
    return this.#aliases.get(aliasArn);
  }

  /**
   * Changes a key's row inside a transaction, from the row as it is there and not from memory. `change` may throw to
   * refuse. Call `forget` once the transaction is committed.
   * @throws ApiError NotFoundException when the key is gone
   */
  async change(
    tx: DatabaseTransaction,
    keyArn: string,
    change: (row: KmsKeyRow) => Partial<Omit<KmsKeyRow, 'key_arn' | 'mac'>>,
  ): Promise<void> {
    const rows = await findKey(tx, keyArn);
    if (rows === undefined) throw keyNotFound(keyArn);
    this.#mac.check('kms_keys', rows.key);
    await replaceKey(tx, this.#mac.seal('kms_keys', { ...rows.key, ...change(rows.key) }));
  }

  /** Drops what memory has of a key (and of aliases) after a change. */
  forget(keyArn: string, ...aliasArns: string[]): void {
    this.#keys.changed(keyArn);
    this.#labels.changed(keyArn);
    for (const aliasArn of aliasArns) this.#aliases.changed(aliasArn);
  }

  /** Drops everything: changes of other processes may have been missed. */
  forgetAll(): void {
    for (const map of [this.#keys, this.#aliases, this.#labels, this.#arns]) map.clear();
    this.#grants.forgetAll();
  }

  /** Drops every alias in memory: after a key with aliases was deleted. */
  forgetAliases(): void {
    this.#aliases.clear();
  }
}
