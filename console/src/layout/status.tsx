import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';

const KEY_STATES: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  Enabled: 'success',
  Disabled: 'stopped',
  PendingDeletion: 'warning',
  PendingReplicaDeletion: 'warning',
  PendingImport: 'pending',
  Unavailable: 'error',
  Creating: 'in-progress',
  Updating: 'in-progress',
};

const CONNECTION_STATES: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  CONNECTED: 'success',
  CONNECTING: 'in-progress',
  DISCONNECTING: 'in-progress',
  DISCONNECTED: 'stopped',
  FAILED: 'error',
};

const CLUSTER_STATES: Readonly<Record<string, StatusIndicatorProps.Type>> = {
  ACTIVE: 'success',
  INITIALIZED: 'pending',
  UNINITIALIZED: 'pending',
  DEGRADED: 'error',
  DELETED: 'stopped',
  // of backups
  READY: 'success',
  PENDING_DELETION: 'warning',
};

/** `PendingDeletion` as people read it: Pending deletion. */
function inWords(state: string): string {
  const words = state
    .replace(/_/g, ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function status(
  types: Readonly<Record<string, StatusIndicatorProps.Type>>,
  otherwise: StatusIndicatorProps.Type,
) {
  return function Status({ state }: { state: string | undefined }) {
    if (state === undefined) return <>–</>;
    return <StatusIndicator type={types[state] ?? otherwise}>{inWords(state)}</StatusIndicator>;
  };
}

export const KeyStatus = status(KEY_STATES, 'info');
export const ConnectionStatus = status(CONNECTION_STATES, 'info');
/** Of clusters, HSMs and backups. */
export const ClusterStatus = status(CLUSTER_STATES, 'in-progress');
