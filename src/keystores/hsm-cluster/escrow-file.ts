/**
 * The second copy of escrow, beside the database: one JSON line per key, synced before the key counts as made. Without the
 * recovery HSM nothing in it can be opened.
 */
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

export interface EscrowEntry {
  clusterId: string;
  /** 32 hex digits. */
  materialId: string;
  keyArn: string;
  /** 32 hex digits: what the recovery HSM must find. */
  check: string;
  /** The key wrapped for the recovery HSM, base64. */
  wrappedKey: string;
}

/** Appends one entry durably. A torn last line after a crash belongs to a key that was not acknowledged. */
export async function appendEscrow(file: string, entry: EscrowEntry): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a', 0o600);
  try {
    await handle.appendFile(`${JSON.stringify(entry)}\n`);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
