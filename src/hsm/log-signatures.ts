/**
 * The HSM's signatures over its log: at least one a minute while entries come in, one at the end of each segment, one when the
 * process ends, and one with each answer to a reader. Those of the first three kinds lie beside the segment they belong to.
 */
import { createPrivateKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogCheckpoint } from '../rpc/hsm-messages.ts';
import { checkpointLine, signCheckpoint } from '../hsm-log/checkpoint.ts';
import type { LogOwner } from '../hsm-log/checkpoint.ts';
import { checkpointsName } from '../hsm-log/segments.ts';
import type { HsmLog } from './log.ts';

const EVERY_MS = 60_000;

export interface LogSignaturesOptions {
  log: HsmLog;
  /** The folder of the log. */
  dir: string;
  owner: LogOwner;
  /** PEM of the identity's private key. */
  privateKey: string;
  onError(error: unknown): void;
  everyMs?: number;
}

export class LogSignatures {
  readonly #options: LogSignaturesOptions;
  /** Read once: reading PEM takes OpenSSL fifteen times as long as a signature. */
  readonly #privateKey: KeyObject;
  readonly #ticker: NodeJS.Timeout;
  /** Entries at the last checkpoint that was kept; what a process before this one left unsigned is signed at the start. */
  #kept = -1;

  constructor(options: LogSignaturesOptions) {
    this.#options = options;
    this.#privateKey = createPrivateKey(options.privateKey);
    options.log.onRoll(() => this.#keep());
    this.#ticker = setInterval(() => this.#keep(), options.everyMs ?? EVERY_MS).unref();
    this.#keep();
  }

  /** Where the log stands now, signed. */
  current(): LogCheckpoint {
    const { log, owner } = this.#options;
    const { entries, chain, asOfMicros } = log.durable;
    return signCheckpoint(owner, { entries, timeMicros: asOfMicros, chain }, this.#privateKey);
  }

  /** Syncs and signs what there is; to be called before the log is closed. */
  close(): void {
    clearInterval(this.#ticker);
    this.#options.log.sync();
    this.#keep();
  }

  #keep(): void {
    const { entries, segment } = this.#options.log.durable;
    if (entries === this.#kept) return;
    try {
      const path = join(this.#options.dir, checkpointsName(segment));
      appendFileSync(path, checkpointLine(this.current()), { mode: 0o600 });
      this.#kept = entries;
    } catch (error) {
      this.#options.onError(error); // the log itself is what must not fail; signed again in a minute
    }
  }
}
