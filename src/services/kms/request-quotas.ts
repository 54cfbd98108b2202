/**
 * Request quotas of KMS: which quota a request counts against, and whether there is room. Each account has its own in each
 * Region, and each custom key store one that all its callers share. AWS: "Request quotas", "Throttling requests".
 */
import { symmetricDefault } from '../../configuration/request-quotas.ts';
import type { RequestQuotas as Settings } from '../../configuration/request-quotas.ts';
import { throttled } from '../../aws/errors.ts';
import { chargeTokens, fullBucket, takeTokens } from '../api/token-bucket.ts';
import type { TokenBucket } from '../api/token-bucket.ts';
import { keySpecRow } from './key-specs.ts';
import type { KmsKey } from './key.ts';

export type KeyFamily = 'symmetric' | 'rsa' | 'ecc' | 'mlDsa' | 'mlKem';

const FAMILY_PREFIXES: readonly (readonly [string, KeyFamily])[] = [
  ['RSA_', 'rsa'],
  ['ECC_', 'ecc'],
  ['ML_DSA_', 'mlDsa'],
  ['ML_KEM_', 'mlKem'],
];

/** Uses of keys of one family share a quota; HMAC keys count as symmetric ones. */
export function familyOf(spec: string): KeyFamily {
  if (keySpecRow(spec)?.kind !== 'asymmetric') return 'symmetric';
  return FAMILY_PREFIXES.find(([prefix]) => spec.startsWith(prefix))?.[1] ?? 'ecc';
}

/** Uses that other processes need to be told of: this part of what a quota lets through in a second, or more. */
const TOLD_PART = 0.05;

interface QuotaBucket extends TokenBucket {
  /** What was let through, and how much of it others were told. */
  used: number;
  told: number;
}

/** What was let through of a quota since others were last told. */
export interface QuotaUse {
  /** Owner, Region and quota. */
  quota: string;
  used: number;
}

/** Buckets that refilled long ago are as good as new ones: they are let go when there are more than this. */
const MAX_BUCKETS = 10_000;

export class RequestQuotas {
  readonly #settings: Settings;
  readonly #now: () => number;
  readonly #buckets = new Map<string, QuotaBucket>();

  /** @param now milliseconds of a monotonic clock */
  constructor(settings: Settings, now: () => number) {
    this.#settings = settings;
    this.#now = now;
  }

  /** How many quotas are kept count of. */
  get bucketCount(): number {
    return this.#buckets.size;
  }

  /** Counts a request against its operation's own quota, if it has one. @throws ApiError ThrottlingException */
  countOperation(accountId: string, region: string, operation: string, times = 1): void {
    const rates = this.#settings.operations as Readonly<Record<string, number>>;
    const rate = rates[operation];
    if (rate !== undefined) this.#take(operation, accountId, region, rate, times);
  }

  /** Counts a use of a key of that family, or of the random source. @throws ApiError ThrottlingException */
  countUse(accountId: string, region: string, family: KeyFamily): void {
    const rate = this.#settings[family] ?? symmetricDefault(region);
    this.#take(family, accountId, region, rate, 1);
  }

  /** Counts the making of a data key pair. @throws ApiError ThrottlingException */
  countDataKeyPair(accountId: string, region: string, spec: string): void {
    const rate = (this.#settings.dataKeyPairs as Readonly<Record<string, number>>)[spec];
    if (rate !== undefined) this.#take(`pair ${spec}`, accountId, region, rate, 1);
  }

  /** Counts a request that goes to a custom key store. @throws ApiError ThrottlingException */
  countStore(customKeyStoreId: string): void {
    this.#take('store', customKeyStoreId, '', this.#settings.customKeyStore, 1);
  }

  #take(quota: string, owner: string, region: string, perSecond: number, times: number): void {
    if (!this.#settings.enforced) return;
    const now = this.#now();
    const name = `${owner} ${region} ${quota}`;
    let bucket = this.#buckets.get(name);
    if (bucket === undefined) {
      if (this.#buckets.size >= MAX_BUCKETS) this.#forgetFull(now);
      bucket = { ...fullBucket(perSecond, now), used: 0, told: 0 };
      this.#buckets.set(name, bucket);
    }
    if (!takeTokens(bucket, times, now)) throw throttled();
    bucket.used += times;
  }

  /** What other processes have not been told and should be. Far below a quota there is nothing to tell, and little to go wrong. */
  untold(): QuotaUse[] {
    const uses: QuotaUse[] = [];
    for (const [quota, { used, told, capacity }] of this.#buckets)
      if (used > told && used - told >= capacity * TOLD_PART) uses.push({ quota, used: used - told });
    return uses;
  }

  told(uses: readonly QuotaUse[]): void {
    for (const { quota, used } of uses) {
      const bucket = this.#buckets.get(quota);
      if (bucket !== undefined) bucket.told += used;
    }
  }

  /** Takes what another process let through out of a quota that is in use here. */
  charge(quota: string, count: number): void {
    const bucket = this.#buckets.get(quota);
    if (bucket !== undefined && count > 0) chargeTokens(bucket, count, this.#now());
  }

  #forgetFull(now: number): void {
    for (const [name, bucket] of this.#buckets) {
      if (takeTokens(bucket, 0, now) && bucket.tokens === bucket.capacity) this.#buckets.delete(name);
    }
  }
}

/**
 * Counts the use of a key by a cryptographic operation against the caller's quotas. A request that uses two keys counts once
 * where they are of one family.
 * @param before family that the same request counted already
 * @returns the family, which is undefined for data key pairs: they have quotas of their own
 * @throws ApiError ThrottlingException
 */
export function countKeyUse(
  quotas: RequestQuotas,
  caller: { accountId: string; region: string },
  use: { key: KmsKey; keyPairSpec: string | undefined },
  before: KeyFamily | undefined,
): KeyFamily | undefined {
  const { key, keyPairSpec } = use;
  const { accountId, region } = caller;
  if (keyPairSpec !== undefined) {
    quotas.countDataKeyPair(accountId, region, keyPairSpec);
    return undefined;
  }
  const family = familyOf(key.spec);
  if (family !== before) quotas.countUse(accountId, region, family);
  return family;
}
