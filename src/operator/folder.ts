/**
 * The operator's folder (`<data>/operator`, 0700): where everything lies that belongs to the operator and not to KMS.
 * The serving processes never read it. Files are written whole or not at all, and are on disk before a step relies on
 * them: a password that an HSM knows and no file holds would lock the operator out.
 */
import { randomBytes, randomInt } from 'node:crypto';
import { access, chmod, mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../files/promises.ts';

export interface OperatorFolder {
  root: string;
  caKey: string;
  caCertificate: string;
  officer: string;
  recoveryHsm: string;
  recoveryUser: string;
  transcript: string;
  readme: string;
}

/** Where the files of an operator's folder lie. Touches nothing. */
export function operatorFolder(root: string): OperatorFolder {
  return {
    root,
    caKey: join(root, 'customerCA.key'),
    caCertificate: join(root, 'customerCA.crt'),
    officer: join(root, 'officer.json'),
    recoveryHsm: join(root, 'recovery-hsm'),
    recoveryUser: join(root, 'recovery-hsm.json'),
    transcript: join(root, 'ceremonies.txt'),
    readme: join(root, 'README.txt'),
  };
}

/** A user of an HSM with its password, as it lies in `officer.json` and `recovery-hsm.json`. */
export interface Credentials {
  user: string;
  password: string;
}

const README = `This folder belongs to the operator of the HSM cluster, not to the KMS. Whoever has it can enrol HSMs, and
an enrolled HSM can receive every key of the cluster. The KMS works without it. In production, move it to a place
that the KMS's machine cannot read (an encrypted drive in a safe), bring it back for a ceremony only, and keep two copies.

customerCA.key     Private key of the cluster's certificate authority. Signs the certificates of HSMs.
customerCA.crt     Its certificate: the trust anchor by which KMS and tools recognise the cluster's HSMs. Not secret.
officer.json       Name and password of the crypto officer, who manages the users and peers of every HSM.
recovery-hsm/      The recovery HSM: every key of the cluster is also wrapped for it (escrow). It runs in ceremonies only.
recovery-hsm.json  Crypto user and password of the recovery HSM.
ceremonies.txt     What was done in ceremonies, with fingerprints. Not secret; compare it with what you saw.
README.txt         This file.

Without recovery-hsm/ and recovery-hsm.json the escrow cannot be opened. Without officer.json no user's password can be
reset and no HSM can be replaced.
`;

/** Makes the folder (0700) and its README.txt, where they are missing. */
export async function createOperatorFolder(root: string): Promise<OperatorFolder> {
  const folder = operatorFolder(root);
  await mkdir(root, { recursive: true, mode: 0o700 });
  await chmod(root, 0o700);
  if ((await readIfThere(folder.readme)) === undefined) await writeDurably(folder.readme, README, 0o644);
  return folder;
}

/** The credentials in `path`. @throws Error when the file is missing or is not what it should be */
export async function loadCredentials(path: string): Promise<Credentials> {
  const credentials = await readCredentials(path);
  if (credentials === undefined) throw new Error(`${path} is missing`);
  return credentials;
}

/**
 * The credentials in `path`; on the first call they are made, with a random password unless one is given, and are on disk
 * before this returns.
 */
export async function loadOrCreateCredentials(
  path: string,
  user: string,
  password: string = randomPassword(),
): Promise<Credentials> {
  const existing = await readCredentials(path);
  if (existing !== undefined) return existing;
  const credentials = { user, password };
  await writeDurably(path, `${JSON.stringify(credentials)}\n`, 0o600);
  return credentials;
}

async function readCredentials(path: string): Promise<Credentials | undefined> {
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  let content: Partial<Record<string, unknown>>;
  try {
    content = JSON.parse(text) as Partial<Record<string, unknown>>;
  } catch {
    throw new Error(`${path} is not JSON`); // the parser's own message would quote the file
  }
  const { user, password } = content;
  if (typeof user !== 'string' || typeof password !== 'string')
    throw new Error(`${path} lacks user or password`);
  return { user, password };
}

const PASSWORD_CHARACTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** 32 random letters and digits (190 bits): the longest password that CloudHSM allows, in the characters it allows. */
export function randomPassword(): string {
  return Array.from({ length: 32 }, () => PASSWORD_CHARACTERS[randomInt(PASSWORD_CHARACTERS.length)]).join(
    '',
  );
}

/** The text of a file, or `undefined` when there is no such file. */
export async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Whether there is a file or folder at `path`. */
export async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** Replaces a file in one step, beside other processes that may: after a crash there is the old content or the new one. */
export async function writeDurably(path: string, content: string, mode: number): Promise<void> {
  await replaceFile(path, content, { mode, draft: `${randomBytes(4).toString('hex')}.tmp` });
}

/** Adds lines to the end of a file (0600), and returns when they are on disk. */
export async function appendDurably(path: string, lines: readonly string[]): Promise<void> {
  const file = await open(path, 'a', 0o600);
  try {
    await file.writeFile(lines.map((line) => `${line}\n`).join(''));
    await file.sync();
  } finally {
    await file.close();
  }
}
