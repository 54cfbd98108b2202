/**
 * Message authentication codes over rows that decide about security (keys, materials, aliases, key stores, access keys):
 * someone who can write the database but not compute the code cannot swap a policy, a key check value or a sealed key.
 * The key comes from the crypto process (DeriveRowKey) and is never in the database.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** A row failed its check: the caller answers KMSInternalException, never "allow". */
export class RowTampered extends Error {
  constructor(table: string) {
    super(`a row of ${table} does not carry its authentication code`);
    this.name = 'RowTampered';
  }
}

type Row = Record<string, string | number | Buffer | null>;

export interface RowMac {
  /** The row with its `mac` set. */
  seal<R extends object>(table: string, row: R): R & { mac: string };
  /** The row, if its `mac` is right. @throws RowTampered */
  check<R extends { mac: string }>(table: string, row: R): R;
}

/** Length-prefixed, sorted by column name: no two different rows have one form. */
function canonical(table: string, row: Row): string {
  const parts = [table];
  for (const column of Object.keys(row).sort()) {
    const value = row[column];
    if (column === 'mac' || value === null) continue; // so that a migration may add a nullable column
    const text = Buffer.isBuffer(value) ? `b${value.toString('base64')}` : `v${String(value)}`;
    parts.push(`${column.length}:${column}${text.length}:${text}`);
  }
  return parts.join('|');
}

/** @param key 32 bytes */
export function createRowMac(key: Buffer): RowMac {
  const compute = (table: string, row: object): Buffer =>
    createHmac('sha256', key)
      .update(canonical(table, row as Row))
      .digest();
  return {
    seal: (table, row) => ({ ...row, mac: compute(table, row).toString('hex') }),
    check: (table, row) => {
      const stored = Buffer.from(row.mac, 'hex');
      const wanted = compute(table, row);
      if (stored.length !== wanted.length || !timingSafeEqual(stored, wanted)) throw new RowTampered(table);
      return row;
    },
  };
}
