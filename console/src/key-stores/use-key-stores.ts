/** The custom key stores of this Region; their connection changes by itself. */
import { DescribeCustomKeyStoresCommand } from '@aws-sdk/client-kms';
import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms';
import { useCallback } from 'react';
import { useAnswer } from '../aws/use-answer.ts';
import type { Answer } from '../aws/use-answer.ts';
import { useSignedIn } from '../session/session-context.ts';

const EVERY_MS = 2_000;

export function useKeyStores(id?: string): Answer<readonly CustomKeyStoresListEntry[]> {
  const { clients } = useSignedIn();
  const load = useCallback(async () => {
    const client = await clients.kms();
    const command = new DescribeCustomKeyStoresCommand(id === undefined ? {} : { CustomKeyStoreId: id });
    return (await client.send(command)).CustomKeyStores ?? [];
  }, [clients, id]);
  return useAnswer(load, EVERY_MS);
}
