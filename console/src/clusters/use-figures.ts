/** How each HSM of a cluster is and what it did lately; counts come in intervals, so that asking more often tells no more. */
import { useCallback } from 'react';
import type { Answered } from '../aws/claviger-client.ts';
import { useAnswer } from '../aws/use-answer.ts';
import type { Answer } from '../aws/use-answer.ts';
import { useSignedIn } from '../session/session-context.ts';

export type Figures = Answered<'DescribeHsmFigures'>;
export type FiguresOfHsm = Figures['Hsms'][number];

const EVERY_MS = 10_000;

export function useFigures(clusterId: string): Answer<Figures> {
  const { clients } = useSignedIn();
  const load = useCallback(async () => {
    const client = await clients.claviger();
    return client.call('DescribeHsmFigures', { ClusterId: clusterId });
  }, [clients, clusterId]);
  return useAnswer(load, EVERY_MS);
}

/** Three digits that count, without the noise of more. */
export function number(value: number | undefined): string {
  if (value === undefined) return '–';
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return value.toLocaleString('en', { maximumSignificantDigits: 3 });
}
