/** Runs one step of the operator's set-up in a process of its own. */
import { spawn } from 'node:child_process';
import type { SetupAnswer, SetupRequest } from '../operator/setup-main.ts';
import { PROGRAMS } from './programs.ts';

/** @throws Error with what the step wrote to its standard error */
export function runSetupStep(request: SetupRequest): Promise<SetupAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAMS.setup], { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(output) as SetupAnswer);
      else reject(new Error(`set-up step ${request.step} failed\n${errors}`));
    });
    child.stdin.end(JSON.stringify(request));
  });
}
