/** A server for the tests to kill: compares the trails of a folder and prints a line when it has. Argument: the folder. */
import { writeSync } from 'node:fs';
import { pino } from 'pino';
import { newTrailNumbers } from '../../src/hsm-trail/alarm.ts';
import { Comparison } from '../../src/trail-comparison/client.ts';
import { comparisonOptions } from './trails.ts';

const [root] = process.argv.slice(2) as [string];
const comparison = new Comparison({
  options: comparisonOptions(root),
  ...{ continuous: true, numbers: newTrailNumbers(), logger: pino({ level: 'silent' }), clock: Date.now },
  keyOf: async () => undefined,
  clustersOf: () => undefined,
  alarm: async () => undefined,
});
await comparison.run();
writeSync(1, 'compared\n');
