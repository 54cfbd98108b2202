/**
 * The operator agent as a process: `node agent-main.js --operator-dir <folder> [--exit-with-parent]`.
 * Its parent writes JSON lines to its standard input:
 *   {"hsms":[{"hsmId","clusterId","availabilityZone","host","port"}]}      whenever the membership changes
 *   {"resetUserPassword":{"hsmId","user","password"}}                      answered by a `passwordReset` event
 * and reads one AgentEvent a line from its standard output. Its log goes to standard error.
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { createLogger } from '../logging/logger.ts';
import { hardenProcess } from '../native/addon.ts';
import { startAgent } from './agent.ts';
import type { AgentEvent, AgentHsm, ResetUserPassword } from './agent.ts';

interface ParentMessage {
  hsms?: AgentHsm[];
  resetUserPassword?: ResetUserPassword;
}

const logger = createLogger('operator-agent');

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { 'operator-dir': { type: 'string' }, 'exit-with-parent': { type: 'boolean', default: false } },
  });
  const operatorDir = values['operator-dir'];
  if (operatorDir === undefined) throw new Error('--operator-dir is missing');
  hardenProcess();
  process.on('SIGUSR1', () => {}); // without a listener of our own Node opens the inspector, which reads all memory

  const emit = (event: AgentEvent): void => {
    logger[event.event === 'failed' ? 'warn' : 'info'](event, 'operator agent');
    process.stdout.write(`${JSON.stringify(event)}\n`);
  };
  const agent = await startAgent({ operatorDir, emit });

  const stop = (): void => void agent.close().then(() => process.exit(0));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  process.stdout.on('error', stop); // the parent is gone
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const message = readMessage(line);
    if (Array.isArray(message?.hsms)) agent.setMembership(message.hsms);
    if (message?.resetUserPassword !== undefined) void agent.resetUserPassword(message.resetUserPassword);
  });
  if (values['exit-with-parent']) lines.once('close', stop);
  emit({ event: 'ready' });
}

function readMessage(line: string): ParentMessage | undefined {
  try {
    return JSON.parse(line) as ParentMessage;
  } catch {
    logger.warn('a line of the parent is not JSON'); // not quoted: it may hold a password
    return undefined;
  }
}

main().catch((error: unknown) => {
  logger.fatal(
    { reason: error instanceof Error ? error.message : 'unknown' },
    'the operator agent cannot start',
  );
  process.exit(1);
});
