/** One key with its aliases, loaded together. */
import { DescribeKeyCommand, paginateListAliases } from '@aws-sdk/client-kms';
import type { KMSClient, KeyMetadata } from '@aws-sdk/client-kms';
import { useCallback } from 'react';
import { gather } from '../aws/gather.ts';
import { isDenied } from '../aws/errors.ts';
import { useAnswer } from '../aws/use-answer.ts';
import type { Answer } from '../aws/use-answer.ts';
import { useSignedIn } from '../session/session-context.ts';

export interface ShownKey {
  readonly metadata: KeyMetadata & { KeyId: string; Arn: string };
  readonly aliases: readonly string[];
  /** Why its aliases are not known: whoever a key policy alone lets in may not list them. */
  readonly aliasesDenied: unknown;
}

/** States change by themselves (creation, deletion, a key store that is disconnected). */
const EVERY_MS = 10_000;

export function useKey(keyId: string): Answer<ShownKey> {
  const { clients } = useSignedIn();
  const load = useCallback(async (): Promise<ShownKey> => {
    const client = await clients.kms();
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: keyId }));
    return {
      metadata: { ...KeyMetadata, KeyId: keyId, Arn: KeyMetadata?.Arn ?? '' },
      ...(await aliasesOf(client, keyId)),
    };
  }, [clients, keyId]);
  return useAnswer(load, EVERY_MS);
}

async function aliasesOf(
  client: KMSClient,
  KeyId: string,
): Promise<Pick<ShownKey, 'aliases' | 'aliasesDenied'>> {
  try {
    const aliases = await gather(paginateListAliases({ client }, { KeyId }), (page) => page.Aliases);
    return { aliases: aliases.map(({ AliasName = '' }) => AliasName), aliasesDenied: undefined };
  } catch (error) {
    if (!isDenied(error)) throw error;
    return { aliases: [], aliasesDenied: error };
  }
}
