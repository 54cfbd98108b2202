import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { ReactNode } from 'react';
import { Confirm } from '../layout/confirm.tsx';
import { AccessKeyFields, NO_ACCESS_KEY, trimmed } from './access-key-fields.tsx';
import { useSignedIn } from './session-context.ts';
import { isKeyOf } from './session.ts';

/**
 * What asks IAM, once IAM takes the calls of whoever is signed in; before, why it does not, and what to do.
 * @param title of the page, when all of it is behind the gate
 */
export function IamGate({ title, children }: { title?: string; children: ReactNode }) {
  const { iamAnswers } = useSignedIn();
  const [asking, setAsking] = useState(false);
  if (iamAnswers) return <>{children}</>;
  return (
    <SpaceBetween size="m">
      {title === undefined ? null : <Box variant="h1">{title}</Box>}
      <Alert
        type="info"
        header="IAM asks for your access key"
        action={<Button onClick={() => setAsking(true)}>Enter access key</Button>}
      >
        IAM takes no call of a user's session, only those signed with the access key itself. It is needed for
        users, roles, policies and the simulator.
      </Alert>
      {asking ? <AskForKey onClose={() => setAsking(false)} /> : null}
    </SpaceBetween>
  );
}

function AskForKey({ onClose }: { onClose: () => void }) {
  const { session, giveAccessKey } = useSignedIn();
  const [accessKey, setAccessKey] = useState(NO_ACCESS_KEY);
  const key = trimmed(accessKey);
  const give = async (): Promise<void> => {
    if (!(await isKeyOf(session, key))) throw new Error(`This is not an access key of ${session.arn}.`);
    giveAccessKey(key);
  };
  return (
    <Confirm
      title="Enter access key"
      action="Continue"
      allowed={key.accessKeyId !== '' && key.secretAccessKey !== ''}
      onConfirm={give}
      onClose={onClose}
    >
      <AccessKeyFields
        value={accessKey}
        onChange={setAccessKey}
        description="The one that you signed in with, or another one of yours. It stays in the memory of this page until you sign out or load it anew, and is never stored."
      />
    </Confirm>
  );
}
