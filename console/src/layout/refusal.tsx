import Alert from '@cloudscape-design/components/alert';
import LiveRegion from '@cloudscape-design/components/live-region';
import { describeError } from '../aws/errors.ts';

/** Why something was refused, said to whoever listens to the page too. */
export function Refusal({ error }: { error: unknown }) {
  return (
    <LiveRegion assertive>
      <Alert type="error">{describeError(error)}</Alert>
    </LiveRegion>
  );
}
