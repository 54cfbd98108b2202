/**
 * The process that compares the two trails (src/reconcile) all the time: `node main.js <options>`, started by the server. The
 * comparison reads every record of both and costs more than recording them did, so it is a process of its own with a lower priority
 * than calls: on a busy machine it falls behind and catches up later. It holds no secret, and has neither database nor HSM: what it
 * must know of keys it asks the server, which also tells of what was found.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { constants, setPriority } from 'node:os';
import { hardenProcess } from '../native/addon.ts';
import { TrailWatch } from '../reconcile/watch.ts';
import type { ComparisonOptions, FromComparison, ServerVerb, ServerVerbs, ToComparison } from './messages.ts';

const MAX_CACHED_KEYS = 20_000;
/** A few ten megabytes. */
const RECORDS_IN_MEMORY = 50_000;

hardenProcess();
// Linux keeps a nice value for each thread, and new ones begin with that of the thread that makes them
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
  process.send?.(message);
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

const options = JSON.parse(process.argv[2] ?? '') as ComparisonOptions;
rmSync(options.workFolder, { recursive: true, force: true }); // of one that ended in the middle of a run
mkdirSync(options.workFolder, { mode: 0o700 });

const watch = new TrailWatch({
  ...options,
  clock: () => now,
  keyOf: (materialId) => keys.get(materialId) ?? askKey(materialId),
  clustersOf: (customKeyStoreId) => ask('clustersOf', customKeyStoreId),
  alarm: async (alarm) => void (await ask('alarm', alarm)),
  recordsInMemory: RECORDS_IN_MEMORY,
});

process.on('disconnect', () => process.exit(0)); // the server is gone
process.on('message', (message: ToComparison) => {
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
