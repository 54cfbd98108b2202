/** The keys of this account and Region with what the list shows of them. */
import { DescribeKeyCommand, paginateListAliases, paginateListKeys } from '@aws-sdk/client-kms';
import type { KMSClient, KeyMetadata } from '@aws-sdk/client-kms';

export interface ListedKey extends KeyMetadata {
  keyId: string;
  aliases: readonly string[];
}

const AT_ONCE = 16;
const PAGE = 1000;

/** @param shown called with what is there so far, so that a long list fills while it is loaded */
export async function listKeys(
  client: KMSClient,
  shown: (keys: readonly ListedKey[]) => void,
): Promise<readonly ListedKey[]> {
  const aliases = new Map<string, string[]>();
  for await (const { Aliases } of paginateListAliases({ client, pageSize: 100 }, {})) {
    for (const { TargetKeyId, AliasName } of Aliases ?? []) {
      if (TargetKeyId === undefined || AliasName === undefined) continue;
      aliases.set(TargetKeyId, [...(aliases.get(TargetKeyId) ?? []), AliasName]);
    }
  }
  const keys: ListedKey[] = [];
  for await (const { Keys } of paginateListKeys({ client, pageSize: PAGE }, {})) {
    const ids = (Keys ?? []).map(({ KeyId = '' }) => KeyId);
    for (let at = 0; at < ids.length; at += AT_ONCE) {
      const described = ids.slice(at, at + AT_ONCE).map((id) => describe(client, id, aliases.get(id) ?? []));
      keys.push(...(await Promise.all(described)));
      if (at % (AT_ONCE * 16) === 0) shown([...keys]);
    }
  }
  shown([...keys]);
  return keys;
}

/** A key that may be listed but not described is shown by its id alone. */
async function describe(client: KMSClient, keyId: string, aliases: readonly string[]): Promise<ListedKey> {
  try {
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: keyId }));
    return { ...KeyMetadata, KeyId: keyId, keyId, aliases };
  } catch {
    return { KeyId: keyId, keyId, aliases };
  }
}
