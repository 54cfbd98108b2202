import { useCallback } from 'react';
import type { Answered } from '../aws/claviger-client.ts';
import { useAnswer } from '../aws/use-answer.ts';
import type { Answer } from '../aws/use-answer.ts';
import { useSignedIn } from '../session/session-context.ts';

export type Cost = Answered<'GetCost'>;

/** The server counts once a minute. */
const EVERY_MS = 60_000;

/** @param month `2026-11`; the present one when undefined */
export function useCost(month?: string): Answer<Cost> {
  const { clients } = useSignedIn();
  const load = useCallback(async () => {
    const client = await clients.claviger();
    return client.call('GetCost', month === undefined ? {} : { Month: month });
  }, [clients, month]);
  return useAnswer(load, EVERY_MS);
}
