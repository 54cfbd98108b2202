/** Messages above the page: what was done, and what went wrong. */
import type { FlashbarProps } from '@cloudscape-design/components/flashbar';
import { createContext, useCallback, useContext, useMemo, useRef, useState } from 'react';
import { describeError } from '../aws/errors.ts';

export interface Notifications {
  readonly items: readonly FlashbarProps.MessageDefinition[];
  readonly succeeded: (text: string) => void;
  readonly failed: (what: string, error: unknown) => void;
}

export const NotificationsContext = createContext<Notifications | undefined>(undefined);

export function useNotifications(): Notifications {
  const notifications = useContext(NotificationsContext);
  if (notifications === undefined) throw new Error('there is no place for notifications');
  return notifications;
}

export function useNotificationList(): Notifications {
  const [items, setItems] = useState<readonly FlashbarProps.MessageDefinition[]>([]);
  const count = useRef(0);
  const add = useCallback((message: Omit<FlashbarProps.MessageDefinition, 'id'>) => {
    count.current += 1;
    const id = String(count.current);
    const onDismiss = (): void => setItems((all) => all.filter((item) => item.id !== id));
    setItems((all) =>
      [{ ...message, id, dismissible: true, dismissLabel: 'Dismiss', onDismiss }, ...all].slice(0, 20),
    );
  }, []);
  return useMemo(
    () => ({
      items,
      // a screen reader says what was done, and is led to what went wrong
      succeeded: (text) => add({ type: 'success', ariaRole: 'status', content: text }),
      failed: (what, error) =>
        add({ type: 'error', ariaRole: 'alert', header: what, content: describeError(error) }),
    }),
    [items, add],
  );
}
