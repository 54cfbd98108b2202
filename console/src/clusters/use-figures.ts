/** How each HSM of a cluster is and what it did lately; counts come in intervals, so that asking more often tells no more. */
import { useCallback } from 'react';
import type { Answered } from '../aws/claviger-client.ts';
import { useAnswer } from '../aws/use-answer.ts';
import type { Answer } from '../aws/use-answer.ts';
import { useSignedIn } from '../session/session-context.ts';

export type Figures = Answered<'DescribeHsmFigures'>;
export type FiguresOfHsm = Figures['Hsms'][number];

const EVERY_MS = 10_000;
/** While keys are cloned, whose number is told at once. */
const OFTEN_MS = 2_000;

/** @param changing an HSM is on its way into the cluster */
export function useFigures(clusterId: string, changing: boolean): Answer<Figures> {
  const { clients } = useSignedIn();
  const load = useCallback(async () => {
    const client = await clients.claviger();
    return client.call('DescribeHsmFigures', { ClusterId: clusterId });
  }, [clients, clusterId]);
  return useAnswer(load, changing ? OFTEN_MS : EVERY_MS);
}
