/** The server's side of the thread that gathers evidence: one export at a time, bounded in time, memory and size. */
import { Worker } from 'node:worker_threads';
import { compiled } from '../entries/compiled.ts';
import type { KeyEvidence } from '../rpc/operator-messages.ts';
import type { AccountView } from './account-view.ts';
import type { EvidenceOptions } from './pack.ts';

const MAIN = compiled('evidence/thread-main');
const MAX_MEMORY_MB = 256;
const MAX_BYTES = 8 * 1024 * 1024;
/** Longer than this no client waits for an answer. */
const MAX_MS = 120_000;

export type ThreadOptions = Omit<EvidenceOptions, 'ask'> & {
  /** The key as the server and its HSMs have it now. */
  now: KeyEvidence | null;
  maxBytes: number;
};

export interface GatheredEvidence {
  outcome: 'agree' | 'mismatch' | 'undecided';
  /** ISO, UTC. */
  madeAt: string;
  /** JSON. */
  evidence: string;
  /** HTML. */
  report: string;
}

export type FromEvidenceThread =
  ({ type: 'gathered' } & GatheredEvidence) | { type: 'unknown' } | { type: 'tooLarge' };

/** Another export is under way. */
export class ExportUnderWay extends Error {
  override readonly name = 'ExportUnderWay';
}

/** The evidence is too large, or takes too long. */
export class ExportTooLarge extends Error {
  override readonly name = 'ExportTooLarge';
}

export interface ExporterPorts {
  journal: string;
  copies: string;
  marginMs: number;
  /** Milliseconds since 1970. */
  clock: () => number;
  ask: (keyArn: string) => Promise<KeyEvidence | null>;
}

export class EvidenceExporter {
  readonly #ports: ExporterPorts;
  #underWay = false;
  #worker: Worker | undefined;

  constructor(ports: ExporterPorts) {
    this.#ports = ports;
  }

  /**
   * @returns undefined when neither the server nor the journal knows the key
   * @throws ExportUnderWay, ExportTooLarge, Error when a trail cannot be read
   */
  async export(keyArn: string, view: AccountView): Promise<GatheredEvidence | undefined> {
    if (this.#underWay) throw new ExportUnderWay('another export is under way');
    this.#underWay = true;
    try {
      const { journal, copies, marginMs, clock, ask } = this.#ports;
      const now = await ask(keyArn);
      return await this.#gather({
        ...{ journal, copies, marginMs, keyArn, view, now },
        at: clock(),
        maxBytes: MAX_BYTES,
      });
    } finally {
      this.#underWay = false;
    }
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
  }

  #gather(options: ThreadOptions): Promise<GatheredEvidence | undefined> {
    const worker = new Worker(MAIN, {
      workerData: options,
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    });
    this.#worker = worker;
    const tooLarge = new ExportTooLarge('the evidence is too large, or takes too long');
    return new Promise<GatheredEvidence | undefined>((resolve, reject) => {
      const timer = setTimeout(() => void worker.terminate(), MAX_MS);
      worker.once('message', (answer: FromEvidenceThread) => {
        if (answer.type === 'gathered') {
          const { type: _type, ...gathered } = answer;
          resolve(gathered);
        } else if (answer.type === 'unknown') resolve(undefined);
        else reject(tooLarge);
      });
      worker.once('error', (error: NodeJS.ErrnoException) =>
        reject(error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? tooLarge : error),
      );
      worker.once('exit', () => {
        clearTimeout(timer);
        this.#worker = undefined;
        reject(tooLarge); // when nothing was answered: it was ended
      });
    });
  }
}
