import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Spinner from '@cloudscape-design/components/spinner';
import type { ReactNode } from 'react';
import { describeError, isDenied } from '../aws/errors.ts';
import type { Answer } from '../aws/use-answer.ts';
import { Stale } from './stale.tsx';

/** What was loaded; a spinner before, and the API's words when it was refused, also when that was only lately. */
export function Loaded<T>({ answer, children }: { answer: Answer<T>; children: (value: T) => ReactNode }) {
  if (answer.error !== undefined && answer.value === undefined) {
    return (
      <Alert
        type={isDenied(answer.error) ? 'warning' : 'error'}
        header={isDenied(answer.error) ? 'You may not see this' : 'This could not be loaded'}
        action={
          <Button formAction="none" onClick={answer.reload}>
            Try again
          </Button>
        }
      >
        {describeError(answer.error)}
      </Alert>
    );
  }
  if (answer.value === undefined) return <Spinner />;
  return (
    <>
      <Stale {...answer} />
      {children(answer.value)}
    </>
  );
}
