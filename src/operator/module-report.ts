/** Asks what a PKCS#11 module can do, in a process that the module may crash or hang without harm. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ModuleReport } from '../rpc/hsm-messages.ts';
import { hsmProgram } from './hsm-process.ts';

export interface ExaminedModule extends ModuleReport {
  tokens: { slot: string; label: string; serial: string; initialised: boolean }[];
}

const EXAMINE_MS = 60_000;

/** @throws Error when the module cannot be loaded, crashes, or does not answer within a minute */
export async function examineModuleFile(
  path: string,
  choice: { slot?: string | undefined; tokenLabel?: string | undefined },
): Promise<ExaminedModule> {
  const dir = await mkdtemp(join(tmpdir(), 'claviger-module-'));
  try {
    await mkdir(join(dir, 'tokens'));
    const { slot, tokenLabel } = choice;
    const child = spawn(
      process.execPath,
      [
        ...[hsmProgram('module-main'), '--module', path],
        ...(slot === undefined ? [] : ['--slot', slot]),
        ...(tokenLabel === undefined ? [] : ['--token-label', tokenLabel]),
      ],
      { cwd: dir, stdio: ['ignore', 'pipe', 'pipe'], timeout: EXAMINE_MS, killSignal: 'SIGKILL' },
    );
    let [out, err] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    if (code !== 0) {
      const why = signal === 'SIGKILL' ? 'it does not answer' : (signal ?? err.trim());
      throw new Error(`the module ${path} cannot be used: ${why}`);
    }
    return JSON.parse(out) as ExaminedModule;
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
