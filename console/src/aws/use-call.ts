/** A call that somebody asks for with a button: its last answer, or why it was refused, and whether it is under way. */
import { useState } from 'react';

export interface AskedCall<T> {
  /** Undefined before the first; a refusal leaves the one before. */
  readonly answer: T | undefined;
  readonly error: unknown;
  readonly working: boolean;
  readonly run: () => Promise<void>;
}

export function useCall<T>(call: () => Promise<T>): AskedCall<T> {
  const [answer, setAnswer] = useState<T>();
  const [error, setError] = useState<unknown>();
  const [working, setWorking] = useState(false);
  const run = async (): Promise<void> => {
    setWorking(true);
    setError(undefined);
    try {
      setAnswer(await call());
    } catch (thrown) {
      setError(thrown);
    }
    setWorking(false);
  };
  return { answer, error, working, run };
}
