/** Ids that are never given twice. AWS: "Unique identifiers" (IAM user guide). */
import { randomBytes, randomInt } from 'node:crypto';

const PREFIXES = { user: 'AIDA', group: 'AGPA', role: 'AROA', policy: 'ANPA' } as const;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const RANDOM_CHARACTERS = 17;

export function newUniqueId(kind: keyof typeof PREFIXES): string {
  const random = Array.from({ length: RANDOM_CHARACTERS }, () => BASE32[randomInt(32)]).join('');
  return PREFIXES[kind] + random;
}

/** The 16 characters behind the prefix are 80 bits: one unused, 40 of the account id, 39 of chance. */
const CHANCE_BITS = 39n;
const CHARACTERS = 16;

/**
 * An access key id that tells its account, as those of AWS do: temporary ones are kept nowhere, and GetAccessKeyInfo
 * answers for them.
 * @param prefix `AKIA` for long-term keys, `ASIA` for temporary ones
 */
export function newAccessKeyId(prefix: 'AKIA' | 'ASIA', accountId: string): string {
  const chance = randomBytes(5).readUIntBE(0, 5) % 2 ** Number(CHANCE_BITS);
  let bits = (BigInt(accountId) << CHANCE_BITS) | BigInt(chance);
  let text = '';
  for (let i = 0; i < CHARACTERS; i += 1) {
    text = (BASE32[Number(bits & 31n)] as string) + text;
    bits >>= 5n;
  }
  return prefix + text;
}

/** The account that an access key id tells; undefined when the id is none of ours. */
export function accountOfAccessKeyId(accessKeyId: string): string | undefined {
  const match = /^A[KS]IA([A-Z2-7]{16})$/.exec(accessKeyId);
  if (match === null) return undefined;
  let bits = 0n;
  for (const character of match[1] as string) bits = (bits << 5n) | BigInt(BASE32.indexOf(character));
  const account = (bits >> CHANCE_BITS) & ((1n << 40n) - 1n);
  return account < 10n ** 12n ? String(account).padStart(12, '0') : undefined;
}

/** 40 characters, 240 random bits. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString('base64');
}
