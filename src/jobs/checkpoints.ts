/** Signs where this process's journal stands, every minute in which something was recorded. */
import { join } from 'node:path';
import type { Anchor } from '../audit/anchors.ts';
import { CHECKPOINTS_NAME, appendLine, checkpointLine } from '../audit/checkpoints.ts';
import type { Position } from '../audit/line.ts';
import type { PublicAuditKey } from '../audit/public-keys.ts';
import type { LineSigner } from '../audit/signed-line.ts';
import type { Logger } from '../logging/logger.ts';

export interface CheckpointPorts {
  readonly journalDir: string;
  readonly writerId: string;
  readonly clock: () => number;
  readonly logger: Logger;
  readonly position: () => Position;
  readonly signer: () => Promise<LineSigner>;
  readonly publicKeys: () => Promise<PublicAuditKey[]>;
  readonly anchor: Anchor | undefined;
}

export class Checkpoints {
  readonly #ports: CheckpointPorts;
  #lastSeq = -1;
  /** A line that the anchor has not got. */
  #unanchored: string | undefined;

  constructor(ports: CheckpointPorts) {
    this.#ports = ports;
  }

  /** @throws when it could not be signed or written; an anchor that fails is tried again at the next run */
  async run(): Promise<void> {
    const { journalDir, writerId, clock, position, signer } = this.#ports;
    const now = position();
    if (now.seq !== this.#lastSeq) {
      const line = await checkpointLine(writerId, now, clock(), await signer());
      await appendLine(join(journalDir, writerId, CHECKPOINTS_NAME), line);
      this.#lastSeq = now.seq;
      this.#unanchored = line;
    }
    await this.#anchor();
  }

  async #anchor(): Promise<void> {
    const { anchor, logger, writerId, publicKeys } = this.#ports;
    const line = this.#unanchored;
    if (anchor === undefined || line === undefined) return;
    try {
      await anchor.put(writerId, line, await publicKeys());
      this.#unanchored = undefined;
    } catch (error) {
      logger.error({ err: error }, 'the anchor did not take a checkpoint and will be asked again');
    }
  }
}
