/**
 * Signed checkpoints of an HSM's log: how many entries it had, its chain value then, and the HSM's signature over both, by
 * the key of the certificate that the operator signed. The chain alone can be made anew by whoever can write the file; a
 * checkpoint cannot, and it also shows a tail that was cut off.
 *
 * A line of a checkpoints file: `<entries> <microseconds since 1970> <chain> <signature, base64>`. What is signed (ECDSA
 * P-256 with SHA-256, DER): `claviger hsm log checkpoint 1`, cluster id, HSM id, entries, time and chain, each on a line.
 */
import { sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { LogCheckpoint } from '../rpc/hsm-messages.ts';

export interface LogOwner {
  hsmId: string;
  clusterId: string;
}

/** What the HSM signs. */
export function signedText(
  { hsmId, clusterId }: LogOwner,
  unsigned: Omit<LogCheckpoint, 'signature'>,
): Buffer {
  const { entries, timeMicros, chain } = unsigned;
  return Buffer.from(
    ['claviger hsm log checkpoint 1', clusterId, hsmId, entries, timeMicros, chain, ''].join('\n'),
  );
}

/** @param privateKey PEM or key object of the HSM's identity */
export function signCheckpoint(
  owner: LogOwner,
  unsigned: Omit<LogCheckpoint, 'signature'>,
  privateKey: string | KeyObject,
): LogCheckpoint {
  return {
    ...unsigned,
    signature: sign('sha256', signedText(owner, unsigned), privateKey).toString('base64'),
  };
}

/** @param publicKey of the HSM's certificate, which the caller has checked under the trust anchor */
export function isSigned(owner: LogOwner, checkpoint: LogCheckpoint, publicKey: KeyObject): boolean {
  const { signature, ...unsigned } = checkpoint;
  return verify('sha256', signedText(owner, unsigned), publicKey, Buffer.from(signature, 'base64'));
}

export function checkpointLine({ entries, timeMicros, chain, signature }: LogCheckpoint): string {
  return `${entries} ${timeMicros} ${chain} ${signature}\n`;
}

/** @returns undefined when the line is no checkpoint */
export function parseCheckpoint(line: string): LogCheckpoint | undefined {
  const parts = /^(\d{1,16}) (\d{1,16}) ([0-9a-f]{64}) ([A-Za-z0-9+/=]{1,200})$/.exec(line);
  if (parts === null) return undefined;
  const [, entries, timeMicros, chain, signature] = parts as unknown as [
    string,
    string,
    string,
    string,
    string,
  ];
  return { entries: Number(entries), timeMicros: Number(timeMicros), chain, signature };
}
