/**
 * The keys of this account and Region. All of them are listed at once, with their aliases, for that takes one call for a
 * thousand keys. They are described a hundred in a call (Claviger's DescribeKeys), and only when they are shown or when a
 * filter or an order asks for what only their description says.
 */
import { paginateListAliases, paginateListKeys } from '@aws-sdk/client-kms';
import type { KMSClient, KeyMetadata } from '@aws-sdk/client-kms';
import { timeOf } from '../aws/claviger-client.ts';
import type { Answered, ClavigerClient } from '../aws/claviger-client.ts';
import { isDenied } from '../aws/errors.ts';

/** What DescribeKey says is there once the key was described. */
export interface ListedKey extends Partial<KeyMetadata> {
  readonly keyId: string;
  readonly aliases: readonly string[];
  /** The aliases as one text, for search and order. */
  readonly name: string;
}

/** Calls under way, and keys of one. */
const AT_ONCE = 2;
const KEYS_OF_A_CALL = 100;
const KEYS_OF_A_PAGE = 1000;
const ALIASES_OF_A_PAGE = 100;
/** So many keys are described without being asked to where a page is about all of them. */
export const DESCRIBED_UNASKED = 500;
/** A page is drawn anew this often while descriptions come in. */
const SHOWN_EVERY_MS = 200;

/**
 * Ids and aliases of all keys.
 * @param aliasesDenied is told why there are no aliases, when the user may list keys but not those
 */
export async function listKeys(
  client: KMSClient,
  aliasesDenied: (error: unknown) => void = () => {},
): Promise<ListedKey[]> {
  const [ids, aliases] = await Promise.all([
    keyIds(client),
    aliasesByKey(client).catch((error: unknown) => {
      if (!isDenied(error)) throw error;
      aliasesDenied(error);
      return new Map<string, string[]>();
    }),
  ]);
  return ids.map((keyId) => {
    const names = aliases.get(keyId) ?? [];
    return { keyId, aliases: names, name: names.join(', ') };
  });
}

async function keyIds(client: KMSClient): Promise<string[]> {
  const ids: string[] = [];
  for await (const { Keys } of paginateListKeys({ client, pageSize: KEYS_OF_A_PAGE }, {}))
    ids.push(...(Keys ?? []).map(({ KeyId = '' }) => KeyId));
  return ids;
}

async function aliasesByKey(client: KMSClient): Promise<Map<string, string[]>> {
  const aliases = new Map<string, string[]>();
  for await (const { Aliases } of paginateListAliases({ client, pageSize: ALIASES_OF_A_PAGE }, {})) {
    for (const { TargetKeyId, AliasName } of Aliases ?? []) {
      if (TargetKeyId === undefined || AliasName === undefined) continue;
      const names = aliases.get(TargetKeyId);
      if (names === undefined) aliases.set(TargetKeyId, [AliasName]);
      else names.push(AliasName);
    }
  }
  return aliases;
}

/** Keys that services made for themselves have an alias that nobody else may give. AWS: API_CreateAlias. */
export function isAwsManaged({ KeyManager, aliases }: ListedKey): boolean {
  return KeyManager === undefined
    ? aliases.some((name) => name.startsWith('alias/aws/'))
    : KeyManager === 'AWS';
}

export interface Describer {
  /** Has these described, before those that wait already; each only once. */
  readonly want: (keyIds: readonly string[]) => void;
  /** Gives up what waits; it can be wanted again. */
  readonly cancel: () => void;
  readonly stop: () => void;
}

/**
 * @param described is told of descriptions several times a second, with the number of keys that still wait, and of those so far
 * that could not be described, of which nothing is known
 */
export function createDescriber(
  client: Pick<ClavigerClient, 'call'>,
  described: (keys: readonly KeyMetadata[], waiting: number, unknown: number) => void,
): Describer {
  const asked = new Set<string>();
  let queue: string[] = [];
  let fresh: KeyMetadata[] = [];
  let underWay = 0;
  let unknown = 0;
  let working = 0;
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const show = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (stopped) return;
    const keys = fresh;
    fresh = [];
    described(keys, queue.length + underWay, unknown);
  };
  const work = async (): Promise<void> => {
    working += 1;
    while (queue.length > 0) {
      const some = queue.splice(0, KEYS_OF_A_CALL);
      underWay += some.length;
      const keys = await describe(client, some);
      fresh.push(...keys);
      unknown += some.length - keys.length;
      underWay -= some.length;
      timer ??= setTimeout(show, SHOWN_EVERY_MS);
    }
    working -= 1;
    if (working === 0) show();
  };
  const cancel = (): void => {
    for (const keyId of queue) asked.delete(keyId);
    queue = [];
  };
  return {
    want(keyIds) {
      const first = keyIds.filter((keyId) => !asked.has(keyId));
      if (first.length === 0) return;
      for (const keyId of first) asked.add(keyId);
      queue = [...first, ...queue];
      while (working < AT_ONCE && queue.length > working * KEYS_OF_A_CALL) void work();
      show(); // how many wait
    },
    cancel() {
      cancel();
      show();
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}

async function describe(client: Pick<ClavigerClient, 'call'>, KeyIds: string[]): Promise<KeyMetadata[]> {
  try {
    return (await client.call('DescribeKeys', { KeyIds })).Keys.map(metadataOf);
  } catch {
    // they are shown by their ids alone, as one is that may be listed but not described
    return [];
  }
}

function metadataOf(key: Answered<'DescribeKeys'>['Keys'][number]): KeyMetadata {
  const { CreationDate, DeletionDate, ValidTo, ...others } = key;
  return {
    ...(others as Pick<KeyMetadata, 'KeyState' | 'KeySpec' | 'KeyUsage' | 'Origin' | 'KeyManager'>),
    KeyId: key.KeyId,
    CreationDate: timeOf(CreationDate),
    DeletionDate: timeOf(DeletionDate),
    ValidTo: timeOf(ValidTo),
  };
}

/** Adds what was described to what is listed. */
export function merge(byId: Map<string, ListedKey>, described: readonly KeyMetadata[]): void {
  for (const metadata of described) {
    const listed = byId.get(metadata.KeyId ?? '');
    if (listed !== undefined) byId.set(listed.keyId, { ...listed, ...metadata });
  }
}
