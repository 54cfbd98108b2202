/**
 * SoftHSM's files, made safe. It never syncs what it writes, rewrites `token.object` in place at each login and checks
 * nothing when it reads (measured with 2.6.1: a kill during a login can ruin the token, one flipped bit can make another
 * key of a key). The system HSM's files never change on purpose after its creation; so each has a synced copy and a SHA-256,
 * and what differs at start is put back before the module sees it.
 */
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { makePrivateFolder, replaceFile, syncFile, syncFolder } from '../files/durable.ts';

/** `<token>/<file>`: nothing outside the tokens folder. */
const FILE_NAME = /^[\w-]+\/\w[\w.-]*$/;

/** Path below the tokens folder → hex SHA-256. */
export type TokenFiles = Record<string, string>;

/** Lock files are empty and made anew when missing. */
function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.lock'))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

/**
 * Where SoftHSM may write (as root it does, whatever the file's mode), a login changes only the counter in the first 8
 * bytes of `token.object`: it is not compared.
 */
const LOGIN_COUNTER_BYTES = 8;

function hashOf(name: string, content: Buffer): string {
  const compared = basename(name) === 'token.object' ? content.subarray(LOGIN_COUNTER_BYTES) : content;
  return createHash('sha256').update(compared).digest('hex');
}

/**
 * Syncs the token's files, makes them read-only (a module that does not run as root can then not rewrite them at a login)
 * and copies them.
 */
export function preserveTokenFiles(tokens: string, copies: string): TokenFiles {
  const files: TokenFiles = {};
  for (const name of listFiles(tokens)) {
    const path = join(tokens, name);
    const content = readFileSync(path);
    syncFile(path);
    syncFolder(dirname(path));
    chmodSync(path, 0o400);
    makePrivateFolder(dirname(join(copies, name)));
    replaceFile(join(copies, name), content, 0o400);
    files[name] = hashOf(name, content);
  }
  syncFolder(tokens);
  return files;
}

/**
 * Puts back every file that is missing or differs from its SHA-256.
 * @returns the names of what was put back, and of what could not be because its copy is damaged as well
 */
export function restoreTokenFiles(
  tokens: string,
  copies: string,
  files: TokenFiles,
): { restored: string[]; lost: string[] } {
  const isGood = (path: string, hash: string): boolean =>
    existsSync(path) && hashOf(path, readFileSync(path)) === hash;
  const restored: string[] = [];
  const lost: string[] = [];
  for (const [name, hash] of Object.entries(files)) {
    const path = join(tokens, name);
    if (!FILE_NAME.test(name)) lost.push(name);
    else if (isGood(path, hash)) continue;
    else if (isGood(join(copies, name), hash)) {
      makePrivateFolder(dirname(path));
      rmSync(path, { force: true });
      replaceFile(path, readFileSync(join(copies, name)), 0o400);
      restored.push(name);
    } else lost.push(name);
  }
  return { restored, lost };
}
