/**
 * A ceremony in a process of its own, so that a test can kill it anywhere: the options of createCluster come as JSON in the
 * last argument, each line of the transcript goes to standard output, and nothing is done after it until a byte comes to
 * standard input.
 */
import { readSync, writeSync } from 'node:fs';
import { createCluster } from '../../src/operator/cluster.ts';
import type { CreateClusterOptions } from '../../src/operator/cluster.ts';

const options = JSON.parse(process.argv.at(-1) ?? '{}') as CreateClusterOptions;
const onNote = (line: string): void => {
  writeSync(1, `${line}\n`);
  readSync(0, Buffer.alloc(1));
};
await createCluster({ ...options, onNote });
