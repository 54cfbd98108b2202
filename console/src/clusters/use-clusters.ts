/** The HSM clusters of this Region; their states change while HSMs are made, fail and heal. */
import type { Cluster } from '@aws-sdk/client-cloudhsm-v2';
import { useCallback } from 'react';
import { useAnswer } from '../aws/use-answer.ts';
import type { Answer } from '../aws/use-answer.ts';
import { useSignedIn } from '../session/session-context.ts';
import { listClusters } from './list-clusters.ts';

const EVERY_MS = 2_000;

export function useClusters(id?: string): Answer<readonly Cluster[]> {
  const { clients } = useSignedIn();
  const load = useCallback(async () => listClusters(await clients.cloudhsm(), id), [clients, id]);
  return useAnswer(load, EVERY_MS);
}
