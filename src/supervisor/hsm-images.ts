/**
 * Images of HSMs: all users, keys and peers of one HSM in one encrypted file, from which another HSM of the same backup history
 * can begin (docs/formats.md, "Backup images"). An HSM's files are made so that a copy of them while it works is like one
 * after a crash (src/hsm): what was acknowledged is whole in it, and the rest is put right at the next start.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdir, open, readFile, readdir, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createFile, syncFile } from '../files/durable.ts';

const MAGIC = Buffer.from('CLVIMG1\n');
const CIPHER = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Each image has a key of its own, which encrypts one message. */
const CONTENT_NONCE = Buffer.alloc(NONCE_BYTES);
const MOST_HEADER_BYTES = 4096;
/** In the order in which they are copied: what names the tokens comes before them. */
const PARTS = ['committed.json', 'key-owners', 'sums', 'tokens'] as const;
const PATH = /^(committed\.json|(key-owners|sums|tokens)(\/[A-Za-z0-9._-]+)+)$/;
const TRIES = 5;

export interface ImageSource {
  /** Folder of the HSM. */
  hsmDir: string;
  hsmId: string;
  clusterId: string;
  backupId: string;
  lineage: string;
}

interface Header {
  backupId: string;
  clusterId: string;
  hsmId: string;
  lineage: string;
  createdAt: string;
  /** The image's key under the key of its backup history: nonce, ciphertext, tag; base64. */
  wrappedKey: string;
}

/** The key of a backup history; made at its first use. @param lineages folder of all of them */
export function lineageKey(lineages: string, lineage: string): Buffer {
  if (!/^[0-9a-f]{64}$/.test(lineage)) throw new Error('a backup history has a name of 64 hex digits');
  mkdirSync(lineages, { recursive: true, mode: 0o700 });
  const path = join(lineages, `${lineage}.key`);
  if (!existsSync(path)) createFile(path, randomBytes(KEY_BYTES));
  const key = readFileSync(path);
  if (key.length !== KEY_BYTES) throw new Error(`${path} is damaged`);
  return key;
}

/** Writes an image of an HSM, durably and as a whole. @returns SHA-256 of the file, hex */
export async function writeImage(file: string, source: ImageSource, key: Buffer): Promise<string> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  return throughDraft(file, async (draft) => {
    for (let tries = 1; tries <= TRIES; tries += 1) {
      const before = await readFile(join(source.hsmDir, 'committed.json'));
      const sha256 = await writeDraft(draft, source, key);
      // a password that was changed meanwhile: the copy may hold halves of two states
      if (before.equals(await readFile(join(source.hsmDir, 'committed.json')))) return sha256;
    }
    throw new Error(`${source.hsmId} is being changed too often to be copied`);
  });
}

/** A file that is there as a whole or not at all. What is half written goes: on a disk that is full, each try would leave its part. */
async function throughDraft<T>(file: string, write: (draft: string) => Promise<T>): Promise<T> {
  const draft = `${file}.draft`;
  try {
    const result = await write(draft);
    await rename(draft, file);
    syncFile(dirname(file));
    return result;
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

async function writeDraft(draft: string, source: ImageSource, key: Buffer): Promise<string> {
  const imageKey = randomBytes(KEY_BYTES);
  const { hsmDir, ...names } = source;
  const header: Header = {
    ...names,
    createdAt: new Date().toISOString(),
    wrappedKey: wrap(imageKey, key, source.lineage).toString('base64'),
  };
  const prologue = encodePrologue(header);
  const cipher = createCipheriv(CIPHER, imageKey, CONTENT_NONCE).setAAD(prologue);
  imageKey.fill(0);
  const hash = createHash('sha256');
  const handle = await open(draft, 'w', 0o600);
  const put = async (bytes: Buffer): Promise<void> => {
    hash.update(bytes);
    await handle.appendFile(bytes);
  };
  try {
    await put(prologue);
    for await (const path of filesOf(hsmDir)) {
      const content = await readIfThere(join(hsmDir, path));
      if (content !== undefined) await put(cipher.update(encodeEntry(path, content)));
    }
    await put(Buffer.concat([cipher.update(Buffer.alloc(2)), cipher.final(), cipher.getAuthTag()]));
    await handle.sync();
  } finally {
    await handle.close();
  }
  return hash.digest('hex');
}

/** Relative paths of all that belongs into an image. */
async function* filesOf(dir: string): AsyncGenerator<string> {
  for (const part of PARTS) {
    if (part === 'committed.json') {
      yield part;
      continue;
    }
    const entries = await readdir(join(dir, part), { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      if (!entry.isFile() || entry.name.endsWith('.new')) continue;
      const path = join(entry.parentPath, entry.name).slice(dir.length + 1);
      if (PATH.test(path)) yield path;
    }
  }
}

/**
 * Puts an image into the folder of a new HSM. When this throws, the folder is of no use.
 * @param sha256 that the file must have, hex
 * @throws Error when it is another file, or of another backup history than `key`, or damaged
 */
export async function restoreImage(file: string, sha256: string, key: Buffer, hsmDir: string): Promise<void> {
  if ((await digestOf(file)) !== sha256) throw new Error('the image is not the one on record');
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const { prologue, header } = await readPrologue(handle);
    const imageKey = unwrap(Buffer.from(header.wrappedKey, 'base64'), key, header.lineage);
    const decipher = createDecipheriv(CIPHER, imageKey, CONTENT_NONCE, { authTagLength: TAG_BYTES });
    imageKey.fill(0);
    decipher.setAAD(prologue).setAuthTag(await readExactly(handle, TAG_BYTES, size - TAG_BYTES));
    const entries = new EntryReader(hsmDir);
    const content = createReadStream(file, { start: prologue.length, end: size - TAG_BYTES - 1 });
    for await (const chunk of content) await entries.take(decipher.update(chunk as Buffer));
    await entries.take(decipher.final());
    entries.requireEnd();
  } finally {
    await handle.close();
  }
}

/** Copies an image. @returns SHA-256 of the copy, hex */
export async function copyImage(from: string, to: string): Promise<string> {
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  await throughDraft(to, async (draft) => {
    const handle = await open(draft, 'w', 0o600);
    try {
      for await (const chunk of createReadStream(from)) await handle.appendFile(chunk as Buffer);
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
  return digestOf(to);
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** Cuts decrypted bytes into files. They count once the whole image proved to be authentic. */
class EntryReader {
  readonly #dir: string;
  #buffered: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(dir: string) {
    this.#dir = dir;
  }

  async take(bytes: Buffer): Promise<void> {
    this.#buffered = Buffer.concat([this.#buffered, bytes]);
    while (!this.#ended) {
      const entry = decodeEntry(this.#buffered);
      if (entry === undefined) return;
      this.#buffered = this.#buffered.subarray(entry.bytes);
      if (entry.path === '') this.#ended = true;
      else await this.#write(entry.path, entry.content);
    }
  }

  requireEnd(): void {
    if (!this.#ended || this.#buffered.length > 0) throw new Error('the image ends in the middle');
  }

  async #write(path: string, content: Buffer): Promise<void> {
    if (!PATH.test(path) || path.split('/').includes('..')) throw new Error('the image has a wrong path');
    const target = join(this.#dir, path);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    const handle = await open(target, 'w', 0o600);
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
  }
}

function encodeEntry(path: string, content: Buffer): Buffer {
  const name = Buffer.from(path);
  const head = Buffer.alloc(2 + name.length + 4);
  head.writeUInt16BE(name.length);
  name.copy(head, 2);
  head.writeUInt32BE(content.length, 2 + name.length);
  return Buffer.concat([head, content]);
}

/** The first entry, or undefined while it is not all there. A path of no bytes is the end. */
function decodeEntry(bytes: Buffer): { path: string; content: Buffer; bytes: number } | undefined {
  if (bytes.length < 2) return undefined;
  const nameBytes = bytes.readUInt16BE();
  if (nameBytes === 0) return { path: '', content: Buffer.alloc(0), bytes: 2 };
  const start = 2 + nameBytes + 4;
  if (bytes.length < start) return undefined;
  const end = start + bytes.readUInt32BE(2 + nameBytes);
  if (bytes.length < end) return undefined;
  return { path: bytes.toString('utf8', 2, 2 + nameBytes), content: bytes.subarray(start, end), bytes: end };
}

function encodePrologue(header: Header): Buffer {
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(text.length);
  return Buffer.concat([MAGIC, length, text]);
}

async function readPrologue(handle: FileHandle): Promise<{ prologue: Buffer; header: Header }> {
  const start = await readExactly(handle, MAGIC.length + 4, 0);
  const length = start.readUInt32BE(MAGIC.length);
  if (!start.subarray(0, MAGIC.length).equals(MAGIC) || length > MOST_HEADER_BYTES)
    throw new Error('the file is not an image');
  const text = await readExactly(handle, length, start.length);
  return { prologue: Buffer.concat([start, text]), header: JSON.parse(text.toString()) as Header };
}

async function readExactly(handle: FileHandle, length: number, position: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, position);
  if (bytesRead !== length) throw new Error('the image is cut off');
  return bytes;
}

/** Binds an image's key to its backup history. */
const keyAad = (lineage: string): Buffer => Buffer.from(`claviger image key ${lineage}`);

function wrap(imageKey: Buffer, key: Buffer, lineage: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(keyAad(lineage));
  return Buffer.concat([nonce, cipher.update(imageKey), cipher.final(), cipher.getAuthTag()]);
}

function unwrap(wrapped: Buffer, key: Buffer, lineage: string): Buffer {
  const tagAt = wrapped.length - TAG_BYTES;
  const decipher = createDecipheriv(CIPHER, key, wrapped.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(keyAad(lineage)).setAuthTag(wrapped.subarray(tagAt));
  try {
    return Buffer.concat([decipher.update(wrapped.subarray(NONCE_BYTES, tagAt)), decipher.final()]);
  } catch {
    throw new Error('the image is of another backup history');
  }
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // destroyed meanwhile
    throw error;
  }
}
