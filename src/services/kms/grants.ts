/**
 * The grants of keys in memory, where access control asks for them without waiting. A key's grants are loaded with the key
 * (key-catalog.ts), checked (row-mac.ts), and changed in place when a change to them is committed.
 */
import type { PrincipalDirectory } from '../../access/directory.ts';
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

/** One key's grants by id, and as the list that is asked for most. */
interface KeyGrants {
  byId: Map<string, Grant>;
  list: readonly Grant[] | undefined;
  /** Raised by every change that was made here. */
  version: number;
}

const NO_GRANTS: readonly Grant[] = [];

export class Grants {
  readonly #ports: GrantPorts;
  readonly #keys = new Map<string, KeyGrants>();
  /** Keys whose grants are being loaded; a change in the meantime makes what is loaded worthless. */
  readonly #loading = new Map<string, { stale: boolean }>();

  constructor(ports: GrantPorts) {
    this.#ports = ports;
  }

  /** All grants of a key that was found before; none for keys that were not, so that nothing is allowed by mistake. */
  of(keyArn: string): readonly Grant[] {
    const grants = this.#keys.get(keyArn);
    if (grants === undefined || grants.byId.size === 0) return NO_GRANTS;
    return (grants.list ??= [...grants.byId.values()]);
  }

  find(keyArn: string, grantId: string): Grant | undefined {
    return this.#keys.get(keyArn)?.byId.get(grantId);
  }

  /** The grant that a token was given for, from the database. @throws RowTampered */
  async row(grantId: string): Promise<GrantRow | undefined> {
    const row = await findGrant(this.#ports.db, grantId);
    return row === undefined ? undefined : this.#ports.mac.check('grants', row);
  }

  /** Loads a key's grants unless they are there. @throws RowTampered */
  async load(keyArn: string): Promise<void> {
    while (!this.#keys.has(keyArn)) {
      const loading = this.#loading.get(keyArn) ?? { stale: false };
      this.#loading.set(keyArn, loading);
      const rows = await grantsOfKey(this.#ports.db, keyArn);
      if (this.#loading.get(keyArn) === loading) this.#loading.delete(keyArn);
      if (loading.stale || this.#keys.has(keyArn)) continue;
      const byId = new Map(rows.map((row) => [row.grant_id, this.fromRow(row)]));
      this.#keys.set(keyArn, { byId, list: undefined, version: 0 });
    }
  }

  /** After a grant was committed. */
  add(row: GrantRow): void {
    this.#change(row.key_arn, (byId) => byId.set(row.grant_id, this.fromRow(row)));
  }

  /** After a grant's removal was committed. */
  remove(keyArn: string, grantId: string): void {
    this.#change(keyArn, (byId) => byId.delete(grantId));
  }

  /** Takes over what was committed about a grant, whoever did it. @throws RowTampered */
  async follow(keyArn: string, grantId: string): Promise<void> {
    const grants = this.#keys.get(keyArn);
    this.#outdate(keyArn);
    for (let version = -1; grants !== undefined && version !== grants.version;) {
      version = grants.version;
      const row = await findGrant(this.#ports.db, grantId);
      if (version !== grants.version) continue; // changed here meanwhile: what was read may be old
      if (row === undefined) grants.byId.delete(grantId);
      else grants.byId.set(grantId, this.fromRow(row));
      grants.list = undefined;
    }
  }

  /** After everything may have changed. */
  forgetAll(): void {
    for (const keyArn of [...this.#keys.keys()]) this.forget(keyArn);
    for (const loading of this.#loading.values()) loading.stale = true;
  }

  /** After a key was deleted, or when memory of it is given up. */
  forget(keyArn: string): void {
    this.#outdate(keyArn);
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

  #change(keyArn: string, change: (byId: Map<string, Grant>) => void): void {
    this.#outdate(keyArn);
    const grants = this.#keys.get(keyArn);
    if (grants === undefined) return;
    change(grants.byId);
    grants.list = undefined;
    grants.version += 1;
  }

  #outdate(keyArn: string): void {
    const loading = this.#loading.get(keyArn);
    if (loading !== undefined) loading.stale = true;
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
