/** Loads something from the API when a page shows it, and again when told so or every few seconds. */
import { useCallback, useEffect, useState } from 'react';

export interface Answer<T> {
  /** Undefined while it was never loaded. */
  readonly value: T | undefined;
  readonly error: unknown;
  readonly loading: boolean;
  readonly reload: () => void;
}

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
    const run = (): void => {
      load().then(
        (value) => current && setState({ value, error: undefined, loading: false }),
        (error: unknown) => current && setState((before) => ({ ...before, error, loading: false })),
      );
    };
    run();
    // every call is recorded: a tab that nobody looks at makes none
    const again = (): void => (document.visibilityState === 'visible' ? run() : undefined);
    const timer = everyMs === undefined ? undefined : setInterval(again, everyMs);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [load, everyMs, turn]);
  const reload = useCallback(() => {
    setState((before) => ({ ...before, loading: true }));
    setTurn((count) => count + 1);
  }, []);
  return { ...state, reload };
}
