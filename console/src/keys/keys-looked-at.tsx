import Button from '@cloudscape-design/components/button';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { describeError } from '../aws/errors.ts';
import { counted } from '../layout/numbers.ts';
import type { KeyList } from './use-key-list.ts';

/** Whether a page that is about all keys knows the state of each: with very many keys only when somebody wants that. */
export function KeysLookedAt({
  list,
  everyKey,
  onAll,
}: {
  list: KeyList;
  /** All of them are described, or will be. */
  everyKey: boolean;
  onAll: () => void;
}) {
  if (list.error !== undefined)
    return <StatusIndicator type="warning">The keys: {describeError(list.error)}</StatusIndicator>;
  if (list.keys === undefined) return <StatusIndicator type="loading">Loading keys</StatusIndicator>;
  if (list.waiting > 0)
    return <StatusIndicator type="loading">{list.waiting} keys still to look at</StatusIndicator>;
  if (!everyKey)
    return (
      <StatusIndicator type="info">
        There are {list.keys.length} keys, whose states were not looked at.{' '}
        <Button variant="inline-link" onClick={onAll}>
          Look at all keys
        </Button>
      </StatusIndicator>
    );
  return <KeysUnknown count={list.unknown} />;
}

/** Says that keys could not be described: what is said of all keys is not said of these. */
export function KeysUnknown({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <StatusIndicator type="warning">
      {counted(count, 'key')} could not be looked at: {count === 1 ? 'its state is' : 'their states are'} not
      known.
    </StatusIndicator>
  );
}
