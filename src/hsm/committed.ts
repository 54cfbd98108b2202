/**
 * The committed state of the HSM in one file: who its users are, and a copy of each token's `token.object` as it was after
 * the last complete change. Replacing this file is the one commit point of every password change, user creation and user
 * deletion: a crash before it leaves the old state, which is then restored into the tokens; a crash after it, the new.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { replaceFile } from '../files/durable.ts';
import type { QuorumPolicy } from '../rpc/quorum.ts';
import { HSM_FILES } from './folder.ts';
import type { Verifier } from './passwords.ts';

export interface Accounts {
  /** The crypto officer `admin`, once the HSM was activated. */
  officer?: Verifier;
  /** Crypto users by name: each owns the token of this serial number. */
  users: Record<string, { serial: string }>;
  /** Who must approve what; without it the officer decides alone. */
  quorum?: QuorumPolicy;
  /** Nonces of approvals that were used, with the second when each expires; expired ones are forgotten. */
  approvals?: { forgottenUpTo: number; nonces: Record<string, number> };
}

export interface CommittedState {
  accounts: Accounts;
  /** Bytes of `token.object` (base64) by the name of the token's folder; SoftHSM only. A copy is as encrypted as the original. */
  tokenObjects: Record<string, string>;
}

interface CommittedFile {
  version: 1;
  /** JSON of CommittedState, as text, so that its digest is over exact bytes. */
  state: string;
  sha256: string;
}

export function writeCommitted(state: CommittedState): void {
  const text = JSON.stringify(state);
  const file: CommittedFile = { version: 1, state: text, sha256: digest(text).toString('hex') };
  replaceFile(HSM_FILES.committed, `${JSON.stringify(file)}\n`);
}

/**
 * The committed state; that of a new HSM when there is no file.
 * @throws Error when the file is damaged: an HSM that does not know its users must not start
 */
export function readCommitted(): CommittedState {
  let text: string;
  try {
    text = readFileSync(HSM_FILES.committed, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT')
      return { accounts: { users: {} }, tokenObjects: {} };
    throw error;
  }
  let file: CommittedFile;
  try {
    file = JSON.parse(text) as CommittedFile;
  } catch {
    throw new Error('committed.json is damaged');
  }
  const stated = Buffer.from(String(file.sha256), 'hex');
  const actual = digest(String(file.state));
  if (file.version !== 1 || stated.length !== actual.length || !timingSafeEqual(stated, actual)) {
    throw new Error('committed.json is damaged');
  }
  return JSON.parse(file.state) as CommittedState;
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
