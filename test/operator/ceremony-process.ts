/**
 * A ceremony in a process of its own, so that a test can kill it anywhere: the options of createCluster come as JSON in the
 * last argument, each line of the transcript goes to standard output.
 */
import { createCluster } from '../../src/operator/cluster.ts';
import type { CreateClusterOptions } from '../../src/operator/cluster.ts';

const options = JSON.parse(process.argv.at(-1) ?? '{}') as CreateClusterOptions;
await createCluster({ ...options, onNote: (line) => process.stdout.write(`${line}\n`) });
