/**
 * Giving up root. It is more than good manners: only for another user than root is a file of mode 0400 read-only, and
 * SoftHSM must not rewrite `token.object` behind our back (security design, section 0).
 */
import { lchownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface RunAs {
  uid: number;
  gid: number;
}

export type RightsOutcome = 'dropped' | 'not needed' | { failed: string };

/**
 * Gives the working folder to the user and becomes that user for good. Everything must have been imported and loaded
 * before: the program's own files may be out of reach afterwards.
 */
export function dropRights(runAs: RunAs | undefined): RightsOutcome {
  if (process.getuid?.() !== 0 || runAs === undefined) return 'not needed';
  try {
    giveFolder('.', runAs);
    process.setgroups?.([runAs.gid]);
    process.setgid?.(runAs.gid);
    process.setuid?.(runAs.uid);
    return 'dropped';
  } catch (error) {
    return { failed: (error as NodeJS.ErrnoException).code ?? 'unknown' };
  }
}

function giveFolder(path: string, runAs: RunAs): void {
  lchownSync(path, runAs.uid, runAs.gid);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) giveFolder(child, runAs);
    else lchownSync(child, runAs.uid, runAs.gid);
  }
}
