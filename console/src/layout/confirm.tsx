import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Modal from '@cloudscape-design/components/modal';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useEffect, useId, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useNotifications } from './notifications.ts';
import { Refusal } from './refusal.tsx';

/**
 * Asks before something is done; stays open, with the reason, when it was refused. Closed before the answer came, it tells the
 * reason as a notification.
 */
export function Confirm({
  title,
  action,
  allowed = true,
  children,
  onConfirm,
  onClose,
}: {
  title: string;
  /** The button's words. */
  action: string;
  /** false while what is asked for is not complete. */
  allowed?: boolean;
  children: ReactNode;
  /** Rejects with the API's error when it was refused. */
  onConfirm: () => Promise<void>;
  onClose: () => void;
}) {
  const [error, setError] = useState<unknown>();
  const [working, setWorking] = useState(false);
  const form = useId();
  const notifications = useNotifications();
  const shown = useRef(false);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);
  const confirm = (): void => {
    if (!allowed || working) return;
    setWorking(true);
    setError(undefined);
    onConfirm()
      .then(
        () => (shown.current ? onClose() : undefined),
        (thrown: unknown) => (shown.current ? setError(thrown) : notifications.failed(title, thrown)),
      )
      .finally(() => setWorking(false));
  };
  return (
    <Modal
      visible
      header={title}
      onDismiss={onClose}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" form={form} formAction="submit" disabled={!allowed} loading={working}>
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        id={form}
        ref={focusFirstField}
        onSubmit={(event) => {
          event.preventDefault();
          confirm();
        }}
      >
        <SpaceBetween size="m">
          {children}
          {error === undefined ? null : <Refusal error={error} />}
        </SpaceBetween>
      </form>
    </Modal>
  );
}

/** The modal gives the focus to its close button; whoever is asked for something begins there. */
function focusFirstField(form: HTMLFormElement | null): void {
  requestAnimationFrame(() => form?.querySelector<HTMLElement>('input, textarea')?.focus());
}
