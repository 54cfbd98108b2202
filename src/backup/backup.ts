/**
 * A backup of an installation, made while it serves: a data folder that a crash could have left. Each part may be newer than the one that
 * was copied before it and never older, which is what Claviger starts from after any crash: database, what the server keeps of HSMs'
 * logs, keys, HSMs, and the audit journal last, which so tells of all that the others hold (docs/decisions/0031-backup.md).
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { syncFolder } from '../files/durable.ts';
import { copySqlite } from '../storage/sqlite.ts';
import { dataFolder } from '../supervisor/installation.ts';
import type { DataFolder } from '../supervisor/installation.ts';
import { ChangedMeanwhile, copyTree } from './copy-tree.ts';
import type { Copied } from './copy-tree.ts';

export interface BackupReport extends Copied {
  /** HSMs of this machine. Those elsewhere are their hosts' to back up. */
  hsms: string[];
  /** Whether the database is in the backup; one in PostgreSQL is not. */
  database: boolean;
}

const TRIES = 10;
/** KMS changes a password in less. */
const PAUSE_MS = 200;
const DATABASE = 'claviger.db';
/** Made anew from the journal, or of use to a running server only. The journal comes later. */
const NOT_OF_THE_SERVER = /^(audit|comparison|claviger\.db(-wal|-shm)?|events\.db(-wal|-shm)?)$/;

/**
 * @param target a folder that is not there yet; it is there as a whole or not at all
 * @throws Error when it is there, or in the data folder, when there is no installation, or when HSMs are being changed all the time
 */
export async function backUp(dataDir: string, target: string): Promise<BackupReport> {
  const folder = dataFolder(dataDir);
  if (!existsSync(folder.installation))
    throw new Error(`${dataDir} is not a data folder: there is no installation.json`);
  if (existsSync(target)) throw new Error(`${target} is there already`);
  if (`${target}/`.startsWith(`${folder.root}/`))
    throw new Error(`${target} is in the data folder: a backup belongs elsewhere`);
  const draft = `${target}.draft`;
  const copy = dataFolder(draft);
  await rm(draft, { recursive: true, force: true }); // of one that was killed
  await mkdir(dirname(target), { recursive: true, mode: 0o700 });
  await mkdir(draft, { mode: 0o700 });
  try {
    const copied = await copyParts(folder, copy);
    await rename(draft, target);
    syncFolder(dirname(target));
    return {
      ...copied,
      hsms: await hsmsOf(folder),
      database: existsSync(join(folder.server, DATABASE)),
    };
  } catch (error) {
    await rm(draft, { recursive: true, force: true }); // keys would lie about, and a full disk stay full
    throw error;
  }
}

/** All parts, in their order, synced. */
async function copyParts(folder: DataFolder, copy: DataFolder): Promise<Copied> {
  const total: Copied = { files: 0, bytes: 0 };
  const add = ({ files, bytes }: Copied): void => {
    total.files += files;
    total.bytes += bytes;
  };
  add(await settled(() => copyState(folder, copy)));
  const [journal, itsCopy] = [join(folder.server, 'audit'), join(copy.server, 'audit')];
  add(
    await settled(async () => {
      await rm(itsCopy, { recursive: true, force: true });
      return copyTree(journal, itsCopy);
    }),
  );
  for (const name of ['installation.json', 'claviger.yaml', 'backups', 'lineages'])
    add(await copyTree(join(folder.root, name), join(copy.root, name)));
  for (const path of await folders(copy.root)) syncFolder(path);
  return total;
}

/** Users and passwords of HSMs are the same before and after; a password that KMS changed in between would open no HSM of the copy. */
async function copyState(folder: DataFolder, copy: DataFolder): Promise<Copied> {
  const before = await usersOfHsms(folder);
  for (const path of [copy.server, copy.crypto, copy.hsms]) await rm(path, { recursive: true, force: true });
  await mkdir(copy.server, { mode: 0o700 });
  const database = join(folder.server, DATABASE);
  const bytes = existsSync(database) ? await copySqlite(database, join(copy.server, DATABASE)) : 0;
  const parts = [
    await copyTree(folder.server, copy.server, (path) => NOT_OF_THE_SERVER.test(path)),
    await copyTree(folder.crypto, copy.crypto),
    await copyTree(folder.hsms, copy.hsms),
  ];
  if ((await usersOfHsms(folder)) !== before)
    throw new ChangedMeanwhile('a user or password of an HSM was changed');
  return {
    files: parts.reduce((sum, { files }) => sum + files, bytes > 0 ? 1 : 0),
    bytes: parts.reduce((sum, part) => sum + part.bytes, bytes),
  };
}

async function usersOfHsms(folder: DataFolder): Promise<string> {
  const states = (await hsmsOf(folder)).map((hsmId) =>
    readFile(join(folder.hsms, hsmId, 'committed.json'), 'utf8').catch(() => ''),
  );
  return (await Promise.all(states)).join('\n');
}

async function hsmsOf(folder: DataFolder): Promise<string[]> {
  return existsSync(folder.hsms) ? (await readdir(folder.hsms)).sort() : [];
}

/** Does it again while things change under it. */
async function settled(copy: () => Promise<Copied>): Promise<Copied> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await copy();
    } catch (error) {
      if (!(error instanceof ChangedMeanwhile) || tries === TRIES) throw error;
      await sleep(PAUSE_MS);
    }
  }
}

async function folders(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const below = entries
    .filter((entry) => entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name));
  return [root, ...below];
}
