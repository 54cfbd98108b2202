/** `claviger audit export`: all that an auditor asks about one key, in a folder. */
import { connect } from 'node:net';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { findKeyArns } from '../evidence/key-events.ts';
import { gatherEvidence, writeEvidence } from '../evidence/pack.ts';
import { RpcClient } from '../rpc/client.ts';
import { OperatorVerb } from '../rpc/operator-messages.ts';
import type { KeyEvidence } from '../rpc/operator-messages.ts';
import { localSocketPath } from '../server/local-socket.ts';
import { dataFolder } from '../supervisor/installation.ts';
import { marginOption } from './audit-reconcile.ts';
import { journalOf } from './journal.ts';

const ASK_MS = 10_000;

export function exportCommand(defaultData: string, write: (text: string) => void): Command {
  return new Command('export')
    .description(
      'write the evidence about a key: its life, policies, use, its attributes in the HSMs, and whether the trails agree',
    )
    .requiredOption('--key <id>', 'key id or ARN')
    .requiredOption('--out <folder>', 'where to write evidence.json, report.html and certificates')
    .option('--data <folder>', 'data folder', defaultData)
    .addOption(marginOption())
    .action(
      async ({ key, out, data, margin }: { key: string; out: string; data: string; margin: number }) => {
        const { server } = dataFolder(data);
        const journal = await journalOf(data);
        const evidence = await gatherEvidence({
          journal,
          copies: join(server, 'hsm-logs'),
          keyArn: await theKey(journal, key),
          at: Date.now(),
          marginMs: margin,
          ask: (keyArn) => ask(localSocketPath(resolve(server), 'operator.sock'), keyArn),
        });
        for (const name of writeEvidence(out, evidence)) write(`${join(out, name)}\n`);
        if (evidence.notAsked !== null) write(`the HSMs were not asked: ${evidence.notAsked}\n`);
        if (evidence.verification.outcome === 'mismatch') process.exitCode = 1;
      },
    );
}

/** @throws Error */
async function theKey(journal: string, key: string): Promise<string> {
  const [arn, ...more] = await findKeyArns(journal, key);
  if (arn === undefined) throw new Error(`the journal knows no key ${key}`);
  if (more.length > 0)
    throw new Error(`${key} is several keys; give one ARN of: ${[arn, ...more].join(' ')}`);
  return arn;
}

/** @throws Error when no server runs for this data folder */
async function ask(socketPath: string, keyArn: string): Promise<KeyEvidence | null> {
  const socket = connect(socketPath);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', () => reject(new Error('no server runs for this data folder')));
  });
  const client = new RpcClient(socket);
  try {
    return await client.callJson<KeyEvidence | null>(OperatorVerb.KeyEvidence, { keyArn }, ASK_MS);
  } finally {
    client.close();
  }
}
