/** Names of nodes and their processes. A node is one data folder; its name never changes, since its journals bear it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The name of a node whose folder has none on file. */
const FIRST_NODE = 'server';
const NODE_FILE = 'node';

export interface ProcessIdentity {
  node: string;
  /** From 1: the first one does what is done once on a node. */
  worker: number;
  /** How many processes serve on this node. */
  workers: number;
}

/** @param dataDir the server's data folder @throws Error for a name that no journal could bear */
export function nodeName(dataDir: string): string {
  const file = join(dataDir, NODE_FILE);
  if (!existsSync(file)) return FIRST_NODE;
  const name = readFileSync(file, 'utf8').trim();
  if (!/^[a-z0-9][a-z0-9-]{0,30}$/.test(name)) throw new Error(`${file} holds no name of a node`);
  return name;
}

/** Names a process, and its journal, in the whole installation. */
export function writerIdOf(node: string, worker: number): string {
  return `${node}-${worker}`;
}
