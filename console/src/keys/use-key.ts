/** One key with its aliases, loaded together. */
import { DescribeKeyCommand, paginateListAliases } from '@aws-sdk/client-kms';
import type { KeyMetadata } from '@aws-sdk/client-kms';
import { useCallback } from 'react';
import { useAnswer } from '../aws/use-answer.ts';
import type { Answer } from '../aws/use-answer.ts';
import { useSignedIn } from '../session/session-context.ts';

export interface ShownKey {
  readonly metadata: KeyMetadata & { KeyId: string; Arn: string };
  readonly aliases: readonly string[];
}

/** States change by themselves (creation, deletion, a key store that is disconnected). */
const EVERY_MS = 10_000;

export function useKey(keyId: string): Answer<ShownKey> {
  const { clients } = useSignedIn();
  const load = useCallback(async (): Promise<ShownKey> => {
    const client = await clients.kms();
    const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: keyId }));
    const aliases: string[] = [];
    for await (const page of paginateListAliases({ client }, { KeyId: keyId })) {
      aliases.push(...(page.Aliases ?? []).map(({ AliasName = '' }) => AliasName));
    }
    return { metadata: { ...KeyMetadata, KeyId: keyId, Arn: KeyMetadata?.Arn ?? '' }, aliases };
  }, [clients, keyId]);
  return useAnswer(load, EVERY_MS);
}
