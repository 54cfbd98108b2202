/** The crypto officer's lock ends where the HSM's console is: on its host. Over the network nobody could be told apart. */
import { join } from 'node:path';
import { HSM_FILES } from '../hsm/folder.ts';
import { MAX_FAILURES } from '../hsm/lockout.ts';
import { lockFile } from '../native/addon.ts';
import { OFFICER } from './ceremony.ts';
import { readIfThere, writeDurably } from './folder.ts';

/**
 * Forgets the officer's wrong passwords. @returns whether the officer was locked
 * @throws Error while the HSM's process runs, which would not notice
 */
export async function unlockOfficer(dir: string): Promise<boolean> {
  if ((await readIfThere(join(dir, HSM_FILES.config))) === undefined)
    throw new Error(`${dir} is not the folder of an HSM`);
  try {
    lockFile(join(dir, HSM_FILES.lock));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ELOCKED') throw error;
    throw new Error('the process of this HSM runs: stop it first', { cause: error });
  }
  const path = join(dir, HSM_FILES.failures);
  const failures = JSON.parse((await readIfThere(path)) ?? '{}') as Record<string, number>;
  const { [OFFICER]: count = 0, ...others } = failures;
  if (count > 0) await writeDurably(path, `${JSON.stringify(others)}\n`, 0o600);
  return count >= MAX_FAILURES;
}
