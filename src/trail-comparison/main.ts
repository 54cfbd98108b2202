/**
 * The thread of the server that compares the two trails (src/reconcile) all the time. The comparison reads every record of both and
 * costs more than recording them did, so it has a thread of its own with a lower priority than calls: on a busy machine it falls
 * behind and catches up later. It holds no secret, and has neither database nor HSM: what it must know of keys it asks the
 * server, which also tells of what was found.
 */
import { constants, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { TrailWatch } from '../reconcile/watch.ts';
import type { ComparisonOptions, FromComparison, ServerVerb, ServerVerbs, ToComparison } from './messages.ts';

const MAX_CACHED_KEYS = 20_000;
/** A few ten megabytes. */
const RECORDS_IN_MEMORY = 50_000;

// Linux keeps a nice value for each thread: this changes the calling thread's alone (setpriority(2), "C library/kernel differences")
setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

interface Waiting {
  resolve: (output: never) => void;
  reject: (error: Error) => void;
}

const waiting = new Map<number, Waiting>();
const keys = new Map<string, string>();
let lastId = 0;
let now = 0;

function tell(message: FromComparison): void {
  parentPort?.postMessage(message);
}

function ask<V extends ServerVerb>(
  verb: V,
  input: ServerVerbs[V]['input'],
): Promise<ServerVerbs[V]['output']> {
  const id = (lastId += 1);
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    tell({ type: 'ask', id, verb, input });
  });
}

async function askKey(materialId: string): Promise<string | undefined> {
  const keyArn = await ask('keyOf', materialId);
  if (keys.size >= MAX_CACHED_KEYS) keys.clear();
  if (keyArn !== undefined) keys.set(materialId, keyArn);
  return keyArn;
}

const watch = new TrailWatch({
  ...(workerData as ComparisonOptions),
  clock: () => now,
  keyOf: (materialId) => keys.get(materialId) ?? askKey(materialId),
  alarm: async (alarm) => void (await ask('alarm', alarm)),
  recordsInMemory: RECORDS_IN_MEMORY,
});

parentPort?.on('message', (message: ToComparison) => {
  if (message.type === 'run') {
    now = message.now;
    watch.run().then(
      () => tell({ type: 'ran', progress: watch.progress }),
      (error: unknown) => tell({ type: 'runFailed', message: (error as Error).message }),
    );
    return;
  }
  const asked = waiting.get(message.id);
  waiting.delete(message.id);
  if (message.type === 'answer') asked?.resolve(message.output as never);
  else asked?.reject(new Error(message.message));
});
