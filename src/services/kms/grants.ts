/**
 * The grants of keys in memory, where access control asks for them without waiting. A key's grants are loaded with the key
 * (key-catalog.ts), checked (row-mac.ts), and changed in place when a change to them is committed.
 */
import { setImmediate as breathe } from 'node:timers/promises';
import type { PrincipalDirectory } from '../../access/directory.ts';
import { GrantIndex } from '../../access/grant-index.ts';
import type { KeyGrants } from '../../access/grant-index.ts';
import type { Grant } from '../../access/grant.ts';
import type { GrantConstraints, GrantListEntry } from '../../aws/generated/kms.ts';
import { findGrant, grantsOfKey } from '../../storage/grants.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { GrantRow } from '../../storage/schema-grants.ts';
import type { Database } from '../../storage/store.ts';
import { currentName, isService } from './grant-principals.ts';
import { constraintsOf } from './grant-rules.ts';

interface GrantPorts {
  db: Database;
  mac: RowMac;
  directory: PrincipalDirectory;
}

interface LoadedGrants {
  readonly grants: GrantIndex;
  /** Raised by every change of what memory has. */
  version: number;
}

/** A load under way, for which all wait who want the same key. */
interface Loading {
  done: Promise<void>;
  /** Ids of grants that changed meanwhile: what was read of them may be old. */
  readonly changed: Set<string>;
  /** What was read is worthless. */
  stale: boolean;
}

/** Grants that are loaded at once: checking them takes some milliseconds. */
const LOADED_AT_ONCE = 250;

const NO_GRANTS: KeyGrants = new GrantIndex();

export class Grants {
  readonly #ports: GrantPorts;
  readonly #atOnce: number;
  readonly #keys = new Map<string, LoadedGrants>();
  readonly #loading = new Map<string, Loading>();

  constructor(ports: GrantPorts, atOnce = LOADED_AT_ONCE) {
    this.#ports = ports;
    this.#atOnce = atOnce;
  }

  /** All grants of a key that was found before; none for keys that were not, so that nothing is allowed by mistake. */
  of(keyArn: string): KeyGrants {
    return this.#keys.get(keyArn)?.grants ?? NO_GRANTS;
  }

  find(keyArn: string, grantId: string): Grant | undefined {
    return this.#keys.get(keyArn)?.grants.get(grantId);
  }

  /** How many grants a key has as far as memory knows; undefined for a key whose grants are not in it. */
  count(keyArn: string): number | undefined {
    return this.#keys.get(keyArn)?.grants.size;
  }

  /** The grant that a token was given for, from the database. @throws RowTampered */
  async row(grantId: string): Promise<GrantRow | undefined> {
    const row = await findGrant(this.#ports.db, grantId);
    return row === undefined ? undefined : this.#ports.mac.check('grants', row);
  }

  /** Loads a key's grants unless they are there. @throws RowTampered */
  async load(keyArn: string): Promise<void> {
    while (!this.#keys.has(keyArn)) await (this.#loading.get(keyArn) ?? this.#begin(keyArn)).done;
  }

  /** After a grant was committed. */
  add(row: GrantRow): void {
    this.#change(row.key_arn, row.grant_id, (grants) => grants.set(this.fromRow(row)));
  }

  /** After a grant's removal was committed. */
  remove(keyArn: string, grantId: string): void {
    this.#change(keyArn, grantId, (grants) => grants.delete(grantId));
  }

  /** Takes over what was committed about a grant, whoever did it. @throws RowTampered */
  async follow(keyArn: string, grantId: string): Promise<void> {
    this.#loading.get(keyArn)?.changed.add(grantId);
    const loaded = this.#keys.get(keyArn);
    if (loaded === undefined) return;
    for (;;) {
      const { version } = loaded;
      const row = await findGrant(this.#ports.db, grantId);
      if (version !== loaded.version) continue; // changed meanwhile: what was read may be old
      this.#take(loaded.grants, grantId, row);
      loaded.version += 1; // who read it before, and is still on the way, reads it again
      return;
    }
  }

  /** After everything may have changed. */
  forgetAll(): void {
    for (const keyArn of [...this.#keys.keys(), ...this.#loading.keys()]) this.forget(keyArn);
  }

  /** After a key was deleted, or when memory of it is given up. */
  forget(keyArn: string): void {
    const loading = this.#loading.get(keyArn);
    if (loading !== undefined) loading.stale = true;
    this.#keys.delete(keyArn);
  }

  /** @throws RowTampered */
  fromRow(row: GrantRow): Grant {
    const { directory, mac } = this.#ports;
    const { grantee, grantee_id, retiring, retiring_id } = mac.check('grants', row);
    const conditions = JSON.parse(row.conditions ?? '{}') as GrantConstraints;
    return {
      grantId: row.grant_id,
      keyArn: row.key_arn,
      granteeId: grantee_id ?? undefined,
      get granteePrincipal() {
        return currentName(directory, grantee, grantee_id);
      },
      get retiringPrincipal() {
        return retiring === null ? undefined : currentName(directory, retiring, retiring_id);
      },
      operations: JSON.parse(row.operations) as string[],
      constraints: constraintsOf(conditions),
      sourceArn: conditions.SourceArn,
      issuingAccountId: row.issuing_account_id,
    };
  }

  #begin(keyArn: string): Loading {
    const loading: Loading = { done: Promise.resolve(), changed: new Set(), stale: false };
    this.#loading.set(keyArn, loading);
    loading.done = this.#read(keyArn, loading).finally(() => this.#loading.delete(keyArn));
    return loading;
  }

  /**
   * Reads a key's grants piece by piece, so that calls come in between. Grants that change meanwhile are read once more at
   * the end, not the whole again: of a key whose grants always change, that would never be done.
   */
  async #read(keyArn: string, loading: Loading): Promise<void> {
    const { db } = this.#ports;
    const grants = new GrantIndex();
    for (let after = ''; ; await breathe()) {
      const rows = await grantsOfKey(db, keyArn, after, this.#atOnce);
      if (loading.stale) return;
      for (const row of rows) grants.set(this.fromRow(row));
      const last = rows.at(-1);
      if (last === undefined || rows.length < this.#atOnce) break;
      after = last.grant_id;
    }
    for (const grantId of loading.changed) {
      loading.changed.delete(grantId); // a change from now on has its turn again
      this.#take(grants, grantId, await findGrant(db, grantId));
    }
    if (!loading.stale) this.#keys.set(keyArn, { grants, version: 0 });
  }

  /** Takes over a grant as the database has it. */
  #take(grants: GrantIndex, grantId: string, row: GrantRow | undefined): void {
    if (row === undefined) grants.delete(grantId);
    else grants.set(this.fromRow(row));
  }

  #change(keyArn: string, grantId: string, change: (grants: GrantIndex) => void): void {
    this.#loading.get(keyArn)?.changed.add(grantId);
    const loaded = this.#keys.get(keyArn);
    if (loaded === undefined) return;
    change(loaded.grants);
    loaded.version += 1;
  }
}

/** A grant as ListGrants and ListRetirableGrants show it. @throws RowTampered */
export function grantEntry(grants: Grants, row: GrantRow): GrantListEntry {
  const grant = grants.fromRow(row);
  const { granteePrincipal: grantee, retiringPrincipal: retiring } = grant;
  return {
    KeyId: grant.keyArn,
    GrantId: grant.grantId,
    Name: row.name ?? '',
    CreationDate: new Date(row.created_at),
    ...(isService(grantee) ? { GranteeServicePrincipal: grantee } : { GranteePrincipal: grantee }),
    ...(retiring !== undefined &&
      (isService(retiring) ? { RetiringServicePrincipal: retiring } : { RetiringPrincipal: retiring })),
    IssuingAccount: `arn:aws:iam::${grant.issuingAccountId}:root`,
    Operations: [...grant.operations] as NonNullable<GrantListEntry['Operations']>,
    ...(row.conditions !== null && { Constraints: JSON.parse(row.conditions) as GrantConstraints }),
  };
}
