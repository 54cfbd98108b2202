/** `claviger drill`: causes faults on the installation here, under load, and says whether what is promised was kept. */
import { resolve } from 'node:path';
import { Command } from 'commander';
import { drill } from '../drill/drill.ts';
import { SCENARIOS } from '../drill/scenarios.ts';
import { printJson, printTable, say } from './hsm/output.ts';
import { confirm } from './hsm/secrets.ts';

/** With less, hardly a call would meet a fault; more is no drill but a load test. */
const LEAST_RATE = 1;
const MOST_RATE = 5_000;

const collect = (value: string, before: string[] = []): string[] => [...before, value];

export function drillCommand(): Command {
  const scenarios = SCENARIOS.map(({ name, what }) => `  ${name.padEnd(10)} ${what}`);
  return new Command('drill')
    .description('cause faults on the installation here, under load, and measure how it mends itself')
    .option('--data <folder>', 'data folder', process.env['CLAVIGER_DATA'] ?? './data')
    .option('--rate <calls>', 'calls a second', '50')
    .option('--only <scenario>', 'only this one; may be given more than once', collect)
    .option('--yes', 'without a question')
    .option('--json', 'for programs')
    .addHelpText('after', `\nScenarios:\n${scenarios.join('\n')}`)
    .action(run);
}

interface Options {
  data: string;
  rate: string;
  only?: string[];
  yes?: boolean;
  json?: boolean;
}

async function run(options: Options): Promise<void> {
  const only = options.only ?? [];
  for (const name of only)
    if (!SCENARIOS.some((scenario) => scenario.name === name))
      throw new Error(`there is no scenario '${name}'`);
  const perSecond = Number(options.rate);
  if (!(perSecond >= LEAST_RATE && perSecond <= MOST_RATE))
    throw new Error(`--rate is ${LEAST_RATE} to ${MOST_RATE} calls a second, and not '${options.rate}'`);
  if (options.yes !== true && !(await confirm('This kills and damages HSMs of a live installation.')))
    throw new Error('nothing was done (give --yes, or type yes at a terminal)');
  const report = await drill({ data: resolve(options.data), perSecond, only, say });
  const { rows, blobs, lost } = report;
  if (lost > 0 || rows.some(({ broken }) => broken.length > 0)) process.exitCode = 1;
  if (options.json === true) {
    printJson(report);
    return;
  }
  const ms = (value: number): string => `${Math.round(value)} ms`;
  printTable(
    ['SCENARIO', 'HSM', 'CALLS', 'ERRORS', 'P50', 'P99', 'LONGEST GAP', 'REPAIR', 'PROMISE'],
    rows.map(({ scenario, hsmId, calls, errors, p50, p99, longestGap, repair, broken }) => [
      ...[scenario, hsmId, String(calls), String(errors.length)],
      ...[ms(p50), ms(p99), ms(longestGap), ms(repair)],
      broken.length === 0 ? 'kept' : broken.join('; '),
    ]),
  );
  process.stdout.write(`\n${lost} of ${blobs} acknowledged ciphertexts lost.\n`);
}
