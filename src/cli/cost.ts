/** `claviger cost`: what was used in a month, and what it costs at the configured prices. */
import { join } from 'node:path';
import { Command } from 'commander';
import { readConfiguration } from '../configuration/configuration.ts';
import { costOfMonth } from '../metering/bill.ts';
import { openForReading } from '../storage/open.ts';
import { dataFolder } from '../supervisor/installation.ts';
import { configurationFile } from './configuration-file.ts';

interface CostOptions {
  data: string;
  config?: string;
  month: string;
  json?: boolean;
}

export function costCommand(): Command {
  return new Command('cost')
    .description('what was used in a month: HSM-hours, key-months, requests')
    .option('--data <folder>', 'data folder', process.env['CLAVIGER_DATA'] ?? './data')
    .option('--config <file>', 'configuration file with the prices', process.env['CLAVIGER_CONFIG'])
    .option('--month <YYYY-MM>', 'which month', new Date().toISOString().slice(0, 7))
    .option('--json', 'for programs')
    .action(cost);
}

async function cost({ data, config, month, json }: CostOptions): Promise<void> {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month)) throw new Error(`'${month}' is not YYYY-MM`);
  const { prices, database } = readConfiguration(configurationFile(config, data));
  const db = openForReading(database, join(dataFolder(data).server, 'claviger.db'));
  const cost = await costOfMonth(db, month, prices);
  await db.destroy();
  const { lines, total } = cost;
  if (json === true) {
    console.log(JSON.stringify(cost, null, 2));
    return;
  }
  const rows = lines.map((line) => [
    line.accountId,
    line.region,
    line.what,
    line.subject,
    line.amount.toFixed(line.what === 'requests' ? 0 : 2),
    line.cost.toFixed(2),
  ]);
  const head = ['account', 'Region', 'what', 'of', 'amount', prices.currency];
  const widths = head.map((title, at) => Math.max(title.length, ...rows.map((row) => row[at]?.length ?? 0)));
  for (const row of [head, ...rows]) {
    // numbers to the right
    const cells = row.map((cell, at) =>
      at < 4 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0),
    );
    console.log(cells.join('  '));
  }
  console.log(`\nTotal of ${month}: ${total.toFixed(2)} ${prices.currency}`);
}
