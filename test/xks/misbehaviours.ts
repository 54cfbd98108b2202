/** What a proxy can do wrong, one by one. A test switches one on with `misbehave`. */
import { randomBytes } from 'node:crypto';
import { STATUS_OF_ERROR } from '../../src/xks/protocol.ts';
import type { ErrorName, XksOperation } from '../../src/xks/protocol.ts';
import type { Json } from './key-manager.ts';

export interface Misbehaviour {
  /** Only in these calls; in all when undefined. */
  operations?: readonly XksOperation[];
  /** Only in so many calls; without end when undefined. */
  times?: number;
  /** Milliseconds before the answer. */
  delay?: number;
  /**
   * hang: never answers. reset: ends the connection without an answer. cut-reused: the same, when it is not the first request
   * of its connection (what a proxy does that closes idle connections just then). cut-answer: after half of the answer.
   */
  connection?: 'hang' | 'reset' | 'cut-reused' | 'cut-answer';
  /** Uses this key instead of the one that was named. */
  otherKey?: string;
  /** Answers this instead of the honest content. */
  alter?: (honest: Json) => unknown;
  /** Bytes of white space behind the answer, which stays good JSON. */
  padding?: number;
  /** Answers this, whatever was asked. */
  answer?: { status?: number; headers?: Record<string, string>; body?: string | Buffer };
}

const altered = (operation: XksOperation, alter: (honest: Json) => unknown): Misbehaviour => ({
  operations: [operation],
  alter,
});
const withMember = (operation: XksOperation, member: string, value: unknown): Misbehaviour =>
  altered(operation, (honest) => ({ ...honest, [member]: value }));
const without = (operation: XksOperation, member: string): Misbehaviour =>
  altered(operation, (honest) =>
    Object.fromEntries(Object.entries(honest).filter(([name]) => name !== member)),
  );
const base64 = (bytes: number): string => randomBytes(bytes).toString('base64');
const bytesIn = (value: unknown): number => Buffer.from(String(value), 'base64').length;

/** Answers an error as the specification has it, with a text that nobody but the proxy's administrator should read. */
export function refusal(
  errorName: string,
  status: number = STATUS_OF_ERROR[errorName as ErrorName] ?? 400,
): Misbehaviour {
  return { answer: { status, body: JSON.stringify({ errorName, errorMessage: 'said by the proxy' }) } };
}

export const misbehaviours = {
  slow: { delay: 1_000 },
  hang: { connection: 'hang' },
  reset: { connection: 'reset' },
  'cut in the answer': { connection: 'cut-answer' },
  'no JSON': { answer: { body: '<html>garbage' } },
  'no UTF-8': { answer: { body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) } },
  'JSON null': { answer: { body: 'null' } },
  'JSON list': { answer: { body: '[]' } },
  'empty answer': { answer: { body: '' } },
  'status 201': { answer: { status: 201 } },
  'status 204': { answer: { status: 204, body: '' } },
  redirect: { answer: { status: 307, headers: { location: 'https://169.254.169.254/' } } },
  'error without JSON': { answer: { status: 503, body: 'Service Unavailable' } },
  'error without a name': { answer: { status: 500, body: '{}' } },
  'error that is null': { answer: { status: 500, body: 'null' } },
  '10 MiB': { padding: 10 * 1024 * 1024 },
  '10 MiB, not announced': {
    padding: 10 * 1024 * 1024,
    answer: { headers: { 'transfer-encoding': 'chunked' } },
  },
  'wrong CDIV': altered('Encrypt', (honest) => ({ ...honest, ciphertextDataIntegrityValue: base64(32) })),
  'no CDIV': without('Encrypt', 'ciphertextDataIntegrityValue'),
  'short CDIV': altered('Encrypt', (honest) => ({ ...honest, ciphertextDataIntegrityValue: base64(16) })),
  'no ciphertext': without('Encrypt', 'ciphertext'),
  'long ciphertext': altered('Encrypt', (honest) => ({
    ...honest,
    ciphertext: base64(bytesIn(honest.ciphertext) + 1),
  })),
  'ciphertext with a flipped bit': altered('Encrypt', (honest) => {
    const ciphertext = Buffer.from(String(honest.ciphertext), 'base64');
    ciphertext[0] = (ciphertext[0] as number) ^ 1;
    return { ...honest, ciphertext: ciphertext.toString('base64') };
  }),
  'ciphertext in base64url': withMember('Encrypt', 'ciphertext', '-_-_'),
  'ciphertext as a number': withMember('Encrypt', 'ciphertext', 7),
  'no IV': without('Encrypt', 'initializationVector'),
  'IV of 13 bytes': withMember('Encrypt', 'initializationVector', base64(13)),
  'no tag': without('Encrypt', 'authenticationTag'),
  'tag of 12 bytes': withMember('Encrypt', 'authenticationTag', base64(12)),
  'metadata of 21 bytes': withMember('Encrypt', 'ciphertextMetadata', base64(21)),
  'empty metadata': withMember('Encrypt', 'ciphertextMetadata', ''),
  'metadata of other bytes': withMember('Encrypt', 'ciphertextMetadata', base64(20)),
  'no plaintext': without('Decrypt', 'plaintext'),
  'short plaintext': altered('Decrypt', (honest) => ({
    plaintext: base64(bytesIn(honest.plaintext) - 1),
  })),
  'other plaintext': altered('Decrypt', (honest) => ({ plaintext: base64(bytesIn(honest.plaintext)) })),
  'no key spec': without('GetKeyMetadata', 'keySpec'),
  'key spec with markup': withMember('GetKeyMetadata', 'keySpec', '<b>AES_256</b>'),
  'no key usage': without('GetKeyMetadata', 'keyUsage'),
  'eleven key usages': withMember('GetKeyMetadata', 'keyUsage', Array(11).fill('ENCRYPT')),
  'key usage as text': withMember('GetKeyMetadata', 'keyUsage', 'ENCRYPT DECRYPT'),
  'unknown key status': withMember('GetKeyMetadata', 'keyStatus', 'Enabled'),
  'no fleet': withMember('GetHealthStatus', 'ekmFleetDetails', []),
  'fleet of eleven': withMember(
    'GetHealthStatus',
    'ekmFleetDetails',
    Array(11).fill({ id: 'a', model: 'b', healthStatus: 'ACTIVE' }),
  ),
  'fleet size 0': withMember('GetHealthStatus', 'xksProxyFleetSize', 0),
  'fleet size as text': withMember('GetHealthStatus', 'xksProxyFleetSize', '1'),
  'no vendor': without('GetHealthStatus', 'ekmVendor'),
  'unknown health': withMember('GetHealthStatus', 'ekmFleetDetails', [
    { id: 'a', model: 'b', healthStatus: 'FINE' },
  ]),
  'all unavailable': withMember('GetHealthStatus', 'ekmFleetDetails', [
    { id: 'a', model: 'b', healthStatus: 'UNAVAILABLE' },
    { id: 'c', model: 'd', healthStatus: 'UNAVAILABLE' },
  ]),
} satisfies Record<string, Misbehaviour>;

export type MisbehaviourName = keyof typeof misbehaviours;
