/** Loads something from the API when a page shows it, and again when told so or every few seconds. */
import { useCallback, useEffect, useState } from 'react';

export interface Answer<T> {
  /** Undefined while it was never loaded. */
  readonly value: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
  readonly reload: () => void;
}

/** A server that hangs, or that cannot be reached any more, refuses nothing: it is silent. */
const LATE_MS = 10_000;

/**
 * @param load must be kept by useCallback: a new one loads anew
 * @param everyMs also repeats by itself, for what changes without the user
 */
export function useAnswer<T>(load: () => Promise<T>, everyMs?: number): Answer<T> {
  const [state, setState] = useState<Omit<Answer<T>, 'reload'>>({
    value: undefined,
    error: undefined,
    loading: true,
  });
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let current = true;
    let underWay = false;
    const failed = (error: unknown): void => {
      if (current) setState((before) => ({ ...before, error, loading: false }));
    };
    const run = (): void => {
      // no second question before the first was answered: they would heap up, and answers overtake each other
      if (underWay) return;
      underWay = true;
      const late = setTimeout(() => {
        // what is loaded once may take its time
        if (everyMs !== undefined)
          failed(new Error(`Claviger has not answered for ${LATE_MS / 1000} seconds.`));
      }, LATE_MS);
      load()
        .then((value) => current && setState({ value, error: undefined, loading: false }), failed)
        .finally(() => {
          underWay = false;
          clearTimeout(late);
        });
    };
    setState((before) => ({ ...before, error: undefined, loading: true }));
    run();
    // every call is recorded: a tab that nobody looks at makes none
    const again = (): void => (document.visibilityState === 'visible' ? run() : undefined);
    const timer = everyMs === undefined ? undefined : setInterval(again, everyMs);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [load, everyMs, turn]);
  const reload = useCallback(() => setTurn((count) => count + 1), []);
  return { ...state, reload };
}
