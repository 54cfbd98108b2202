/**
 * The second copy of escrow, beside the database: one JSON line per key, synced before the key counts as made. Without the
 * recovery HSM nothing in it can be opened.
 */
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

const LINE_FEED = 0x0a;

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

/**
 * Appends one entry durably, on a line of its own: what a crash or a full disk left at the end belongs to a key that was not
 * acknowledged, and must not spoil the line of one that is.
 */
export async function appendEscrow(file: string, entry: EscrowEntry): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a+', 0o600);
  try {
    const line = `${JSON.stringify(entry)}\n`;
    await handle.appendFile((await endsInMidLine(handle)) ? `\n${line}` : line);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function endsInMidLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] !== LINE_FEED;
}
