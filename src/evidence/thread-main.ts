/**
 * The thread that gathers the evidence about one key for the server, and ends: it reads all of both trails, beside the thread
 * that answers requests and after it, for it runs at a lower priority.
 */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { gatherEvidence } from './pack.ts';
import { page } from './page.ts';
import type { FromEvidenceThread, ThreadOptions } from './thread.ts';

// Linux keeps a nice value for each thread: this changes the calling thread's alone (setpriority(2), "C library/kernel differences")
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

const { now, maxBytes, ...options } = workerData as ThreadOptions;
const evidence = await gatherEvidence({ ...options, ask: () => Promise.resolve(now) });
const unknown = evidence.now === null && evidence.life.length === 0 && evidence.usage.length === 0;
const json = JSON.stringify(evidence, null, 2);
const report = page(evidence);
const { outcome } = evidence.verification;
const answer: FromEvidenceThread = unknown
  ? { type: 'unknown' }
  : Buffer.byteLength(json) + Buffer.byteLength(report) > maxBytes
    ? { type: 'tooLarge' }
    : { type: 'gathered', outcome, madeAt: evidence.madeAt, evidence: json, report };
parentPort?.postMessage(answer);
