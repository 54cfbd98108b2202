/**
 * Signed statements about a journal, one line of JSON each (docs/formats.md, "Checkpoints and tombstones"). The signature is
 * Ed25519 over the kind's name, a line feed, and the exact bytes of the statement, so that nobody need parse or write JSON
 * to check it.
 */
import { verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** Signs what the trail states of itself. */
export interface LineSigner {
  /** 32 hex digits. */
  readonly fingerprint: string;
  sign(message: Buffer): Promise<Buffer>;
}

const SIGNED_LINE =
  /^(\{"(checkpoint|tombstone)":1,.*),"key":"([0-9a-f]{32})","signature":"([0-9a-f]{128})"\}$/;

export type StatementKind = 'checkpoint' | 'tombstone';

/** @param statement begins with the member that names its kind. @returns the line, line feed included */
export async function signLine(
  kind: StatementKind,
  statement: Record<string, string | number>,
  signer: LineSigner,
): Promise<string> {
  const text = JSON.stringify({ [kind]: 1, ...statement });
  const signature = await signer.sign(signedBytes(kind, text));
  return `${text.slice(0, -1)},"key":"${signer.fingerprint}","signature":"${signature.toString('hex')}"}\n`;
}

/**
 * The statement of a line, or undefined when it is no line of the kind, or is not signed by one of the keys.
 * @param keys fingerprint to public key
 */
export function openLine(
  kind: StatementKind,
  line: string,
  keys: ReadonlyMap<string, KeyObject>,
): Record<string, unknown> | undefined {
  const parts = SIGNED_LINE.exec(line);
  if (parts === null || parts[2] !== kind) return undefined;
  const text = `${parts[1]}}`;
  const key = keys.get(parts[3] as string);
  const signature = Buffer.from(parts[4] as string, 'hex');
  if (key === undefined || !verify(null, signedBytes(kind, text), key, signature)) return undefined;
  return JSON.parse(text) as Record<string, unknown>;
}

function signedBytes(kind: StatementKind, text: string): Buffer {
  return Buffer.from(`claviger audit ${kind}\n${text}`);
}
