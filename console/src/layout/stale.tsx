import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import { describeError } from '../aws/errors.ts';

/** Says that what is shown is of before: it was loaded once and could not be loaded again. */
export function Stale({ value, error }: { value: unknown; error: unknown }) {
  if (value === undefined || error === undefined) return null;
  return (
    <Box margin={{ bottom: 'm' }}>
      <Alert type="warning" header="What is shown here may have changed: it could not be loaded again">
        {describeError(error)}
      </Alert>
    </Box>
  );
}
