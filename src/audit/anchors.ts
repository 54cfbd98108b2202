/** Anchors: places outside of this machine's reach that keep copies of checkpoints. */
import { mkdir } from 'node:fs/promises';
import { anchorPath, appendLine } from './checkpoints.ts';
import { httpsPost } from './https-post.ts';
import type { HttpsTarget } from './https-post.ts';
import { addPublicKeys } from './public-keys.ts';
import type { PublicAuditKey } from './public-keys.ts';

export interface Anchor {
  /** @param line of a checkpoint, line feed included */
  put(writer: string, line: string, keys: readonly PublicAuditKey[]): Promise<void>;
}

const DEADLINE_MS = 10_000;

/** A folder on another disk or machine, best one that can only be appended to: no file in it is replaced. It keeps the public keys too. */
export function directoryAnchor(folder: string): Anchor {
  let published = '';
  return {
    async put(writer, line, keys) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const text = JSON.stringify(keys);
      if (text !== published) await addPublicKeys(folder, writer, keys);
      published = text;
      await appendLine(anchorPath(folder, writer), line);
    },
  };
}

/** An endpoint that is sent each checkpoint with the key that checks it. */
export function httpsAnchor(target: HttpsTarget): Anchor {
  return {
    put: (writer, line, keys) =>
      httpsPost(
        target,
        { 'content-type': 'application/json' },
        Buffer.from(JSON.stringify({ writer, checkpoint: JSON.parse(line) as unknown, keys })),
        DEADLINE_MS,
      ),
  };
}
