/**
 * SoftHSM made safe. SoftHSM 2.6.1 never syncs a file, rewrites `token.object` in place at every login (a kill then cost
 * the whole token in 9 of 20 runs) and does not notice damaged files. Therefore: `token.object` is read-only except within
 * `change`, which commits a copy; every object file has its SHA-256 beside it; and all of it is checked before the module
 * sees it. Modules that keep nothing in ./tokens are not touched by any of this.
 */
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { removeFile, replaceFile, syncFile, syncFolder } from '../files/durable.ts';
import { readCommitted, writeCommitted } from './committed.ts';
import type { CommittedState } from './committed.ts';
import { HSM_FILES } from './folder.ts';

const TOKEN_OBJECT = 'token.object';
const READ_ONLY = 0o400;
const WRITABLE = 0o600;

/** What was found wrong at start, for the process's log. */
export interface Repair {
  what:
    | 'token restored'
    | 'object set aside'
    | 'object missing'
    | 'unfinished object removed'
    | 'token set aside';
  /** The token's folder, and the file where it is not the token.object. */
  where: string;
  /** A crash explains it: a change was under way. */
  interrupted: boolean;
}

function tokenFolders(): string[] {
  return readdirSync(HSM_FILES.tokens, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
}

/** Object files of a token's folder: keys, epoch and so on, without token.object. */
function objectFiles(folder: string): string[] {
  return readdirSync(join(HSM_FILES.tokens, folder)).filter(
    (name) => name.endsWith('.object') && name !== TOKEN_OBJECT,
  );
}

function sha256(path: string): string {
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}

/** Brings ./tokens to the committed state. To be called before C_Initialize. */
export function restoreTokens(now: Date): { state: CommittedState; repairs: Repair[] } {
  const state = readCommitted();
  const interrupted = existsSync(HSM_FILES.changing);
  const repairs: Repair[] = [];
  for (const [folder, copy] of Object.entries(state.tokenObjects)) {
    const path = join(HSM_FILES.tokens, folder, TOKEN_OBJECT);
    const committed = Buffer.from(copy, 'base64');
    if (existsSync(path) && readFileSync(path).equals(committed)) chmodSync(path, READ_ONLY);
    else {
      mkdirSync(join(HSM_FILES.tokens, folder), { recursive: true });
      replaceFile(path, committed, READ_ONLY);
      syncFolder(HSM_FILES.tokens);
      repairs.push({ what: 'token restored', where: folder, interrupted });
    }
    repairs.push(...checkObjects(folder, now, interrupted));
  }
  for (const folder of tokenFolders()) {
    if (folder in state.tokenObjects) continue;
    setAside(join(HSM_FILES.tokens, folder), folder, now); // C_InitToken that was not committed
    repairs.push({ what: 'token set aside', where: folder, interrupted });
  }
  if (interrupted) removeFile(HSM_FILES.changing);
  return { state, repairs };
}

function setAside(path: string, name: string, now: Date): void {
  renameSync(path, join(HSM_FILES.damaged, `${now.getTime()}-${name}`));
  syncFolder(HSM_FILES.damaged);
}

/** A flipped bit in a key file may mean another key, or a module that dies: neither gets to the module. */
function checkObjects(folder: string, now: Date, interrupted: boolean): Repair[] {
  const repairs: Repair[] = [];
  const present = new Set(objectFiles(folder));
  for (const name of present) {
    const path = join(HSM_FILES.tokens, folder, name);
    const where = `${folder}/${name}`;
    const sum = sumFile(folder, name);
    if (existsSync(sum)) {
      if (readFileSync(sum, 'utf8') === sha256(path)) continue;
      setAside(path, `${folder}-${name}`, now);
      removeFile(sum);
      repairs.push({ what: 'object set aside', where, interrupted });
    } else if (statSync(path).size === 0) {
      removeFile(path); // what a kill during generation leaves behind; nothing is in it
      repairs.push({ what: 'unfinished object removed', where, interrupted });
    }
  }
  for (const name of existsSync(join(HSM_FILES.sums, folder))
    ? readdirSync(join(HSM_FILES.sums, folder))
    : []) {
    if (present.has(name)) continue;
    removeFile(sumFile(folder, name));
    repairs.push({ what: 'object missing', where: `${folder}/${name}`, interrupted });
  }
  return repairs;
}

function sumFile(folder: string, name: string): string {
  return join(HSM_FILES.sums, folder, name);
}

/**
 * Runs calls that rewrite a `token.object`: C_InitToken, C_InitPIN, C_SetPIN and every C_Login. When they have returned,
 * the tokens and `state` (which `calls` may change as its last step) are durable and committed together. When they throw,
 * what they did is committed as well: the calls undo what must not stay.
 * @param undo takes back what the calls did, for what cannot be committed is gone after a restart and must not count until then
 */
export function change<Result>(
  state: CommittedState,
  calls: () => Result,
  undo: () => void = () => {},
): Result {
  replaceFile(HSM_FILES.changing, '');
  makeWritable();
  let result: Result;
  try {
    result = calls();
  } catch (error) {
    commit(state);
    throw error;
  }
  try {
    commit(state);
  } catch (error) {
    makeWritable();
    undo();
    throw error;
  }
  return result;
}

function makeWritable(): void {
  for (const folder of tokenFolders()) setMode(folder, WRITABLE);
}

function setMode(folder: string, mode: number): void {
  const path = join(HSM_FILES.tokens, folder, TOKEN_OBJECT);
  if (existsSync(path)) chmodSync(path, mode);
}

function commit(state: CommittedState): void {
  state.tokenObjects = {};
  syncFolder(HSM_FILES.tokens);
  for (const folder of tokenFolders()) {
    const path = join(HSM_FILES.tokens, folder, TOKEN_OBJECT);
    if (!existsSync(path)) continue;
    syncFile(path);
    setMode(folder, READ_ONLY);
    recordObjects(folder);
    state.tokenObjects[folder] = readFileSync(path).toString('base64');
  }
  writeCommitted(state);
  removeFile(HSM_FILES.changing);
}

/**
 * To be called after objects of a token were created or destroyed: returns when that is durable. SoftHSM names a token's
 * folder so that it ends with the serial number (16 hex digits, four of them before the last hyphen).
 */
export function objectsChanged(serial: string): void {
  const folder = tokenFolders().find((name) => name.replaceAll('-', '').endsWith(serial));
  if (folder !== undefined) recordObjects(folder);
}

function recordObjects(folder: string): void {
  const sums = join(HSM_FILES.sums, folder);
  const recorded = recordedSums(folder);
  const present = objectFiles(folder);
  for (const name of present) {
    if (recorded.has(name)) continue;
    recordSum(folder, name);
    recorded.add(name);
  }
  if (recorded.size > present.length) {
    const kept = new Set(present);
    for (const name of recorded) {
      if (kept.has(name)) continue;
      removeFile(sumFile(folder, name));
      recorded.delete(name);
    }
  }
  const generation = join(HSM_FILES.tokens, folder, 'generation');
  if (existsSync(generation)) syncFile(generation);
  syncFolder(join(HSM_FILES.tokens, folder));
  syncFolder(sums);
}

/** Names of the objects whose sums are on the disk, by token folder: nobody else writes there, so they are listed once. */
const recordedByFolder = new Map<string, Set<string>>();

function recordedSums(folder: string): Set<string> {
  const known = recordedByFolder.get(folder);
  if (known !== undefined) return known;
  const sums = join(HSM_FILES.sums, folder);
  if (!existsSync(sums)) {
    mkdirSync(sums, { recursive: true });
    syncFolder(HSM_FILES.sums);
  }
  const listed = new Set(readdirSync(sums));
  recordedByFolder.set(folder, listed);
  return listed;
}

function recordSum(folder: string, name: string): void {
  const path = join(HSM_FILES.tokens, folder, name);
  syncFile(path);
  try {
    writeFileSync(sumFile(folder, name), sha256(path), { flush: true });
  } catch (error) {
    rmSync(sumFile(folder, name), { force: true }); // half a sum (a full disk) would condemn the object at the next start
    throw error;
  }
}
