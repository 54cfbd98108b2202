/**
 * Lines of the HSM's log. One entry is one line of ASCII text, its last word the chain value:
 *
 *     sequence timeMicros opcode session response [name=value ...] chain
 *
 * chain = SHA-256(previous chain as 64 hex digits | the line up to the blank before its chain), in hex; before the first
 * entry the chain is 64 zeros. An altered, removed or reordered line breaks every chain value after it.
 */
import { createHash } from 'node:crypto';
import * as crypto from 'node:crypto';
import type { HsmLogEntry, HsmUserType } from '../rpc/hsm-messages.ts';

export const FIRST_CHAIN = '0'.repeat(64);

type OneShotHash = (algorithm: string, data: string, encoding: 'hex') => string;

/** One-shot `crypto.hash` is three times as fast as a hash object; Node 20.12 has it, though its types do not say so. */
const oneShot = (crypto as unknown as { hash?: OneShotHash }).hash;

export const nextChain: (previous: string, content: string) => string =
  oneShot === undefined
    ? (previous, content) => createHash('sha256').update(previous).update(content).digest('hex')
    : (previous, content) => oneShot('sha256', previous + content, 'hex');

/** An entry before it has its place in the chain. */
export type NewLogEntry = Omit<HsmLogEntry, 'sequence' | 'timeMicros' | 'chain'>;

const USER_TYPE_CODES: Readonly<Record<HsmUserType, string>> = { CRYPTO_USER: '1', CRYPTO_OFFICER: '2' };
const USER_TYPES: Readonly<Record<string, HsmUserType>> = { '1': 'CRYPTO_USER', '2': 'CRYPTO_OFFICER' };

/** Values are names, numbers and hex digits; anything else (a wrong user name, say) is shown as `?`. */
function word(value: string): string {
  return /^[\w.:-]{1,64}$/.test(value) ? value : '?';
}

export function entryContent(sequence: number, timeMicros: number, entry: NewLogEntry): string {
  let content = `${sequence} ${timeMicros} ${entry.opcode} ${entry.session} ${entry.response}`;
  if (entry.userName !== undefined) content += ` user=${word(entry.userName)}`;
  if (entry.userType !== undefined) content += ` type=${USER_TYPE_CODES[entry.userType]}`;
  if (entry.materialId !== undefined) content += ` key=${word(entry.materialId)}`;
  if (entry.keyHandle !== undefined) content += ` handle=${word(entry.keyHandle)}`;
  if (entry.use !== undefined)
    content += ` verb=${word(entry.use.verb)} request=${word(entry.use.requestId)}`;
  return content;
}

/** Cuts a line (without its newline) into content and chain, or gives undefined. */
export function splitLine(line: string): { content: string; chain: string } | undefined {
  const chain = line.slice(-64);
  if (line.length < 66 || line.at(-65) !== ' ' || !/^[0-9a-f]{64}$/.test(chain)) return undefined;
  return { content: line.slice(0, -65), chain };
}

/** @returns undefined when the line is not an entry */
export function parseLine(line: string): HsmLogEntry | undefined {
  const parts = splitLine(line);
  const words = parts?.content.split(' ') ?? [];
  const [sequence, timeMicros, opcode, session, response, ...named] = words;
  if (parts === undefined || opcode === undefined) return undefined;
  const entry: HsmLogEntry = {
    sequence: Number(sequence),
    timeMicros: Number(timeMicros),
    opcode,
    session: Number(session),
    response: Number(response),
    chain: parts.chain,
  };
  if (![entry.sequence, entry.timeMicros, entry.session, entry.response].every(Number.isSafeInteger))
    return undefined;
  const values = new Map(
    named.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
  const [userName, type, materialId, keyHandle] = ['user', 'type', 'key', 'handle'].map((name) =>
    values.get(name),
  );
  const [verb, requestId] = ['verb', 'request'].map((name) => values.get(name));
  const userType = USER_TYPES[type ?? ''];
  return {
    ...entry,
    ...(userName !== undefined && { userName }),
    ...(userType !== undefined && { userType }),
    ...(materialId !== undefined && { materialId }),
    ...(keyHandle !== undefined && { keyHandle }),
    ...(verb !== undefined && requestId !== undefined && { use: { verb, requestId } }),
  };
}
