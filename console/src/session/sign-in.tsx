import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import type { FormEvent } from 'react';
import { Refusal } from '../layout/refusal.tsx';
import { AccessKeyFields, NO_ACCESS_KEY, trimmed } from './access-key-fields.tsx';
import { signIn } from './session.ts';
import type { Session } from './session.ts';

export function SignIn({
  region,
  ended,
  onSignedIn,
}: {
  /** What the server says is its home Region. */
  region: string;
  /** Somebody was signed in until their time was over. */
  ended: boolean;
  onSignedIn: (session: Session) => void;
}) {
  const [accessKey, setAccessKey] = useState(NO_ACCESS_KEY);
  const [sessionToken, setSessionToken] = useState('');
  const [error, setError] = useState<unknown>();
  const [working, setWorking] = useState(false);

  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setWorking(true);
    setError(undefined);
    try {
      onSignedIn(
        await signIn({
          region,
          ...trimmed(accessKey),
          ...(sessionToken.trim() === '' ? {} : { sessionToken: sessionToken.trim() }),
        }),
      );
    } catch (thrown) {
      setError(thrown);
      setWorking(false);
    }
  };

  return (
    <main className="sign-in">
      <form onSubmit={(event) => void submit(event)}>
        <Form
          header={
            <Header variant="h1" description="Key management on HSMs of your own">
              Claviger
            </Header>
          }
          actions={
            <Button variant="primary" formAction="submit" loading={working}>
              Sign in
            </Button>
          }
        >
          <Container>
            <SpaceBetween size="l">
              {error === undefined ? null : <Refusal error={error} />}
              {ended && error === undefined ? (
                <Alert type="info">Your session has ended. Sign in again to go on where you were.</Alert>
              ) : null}
              <AccessKeyFields value={accessKey} onChange={setAccessKey} autoFocus />
              <ExpandableSection headerText="Temporary credentials">
                <FormField label="Session token" description="Only for a session of a role.">
                  <Input
                    value={sessionToken}
                    onChange={({ detail }) => setSessionToken(detail.value)}
                    autoComplete={false}
                  />
                </FormField>
              </ExpandableSection>
              <Box color="text-body-secondary" fontSize="body-s">
                The access key is used once, to get a session of four hours (one hour for the root user). It
                is not kept; the session lives in this tab.
              </Box>
            </SpaceBetween>
          </Container>
        </Form>
      </form>
    </main>
  );
}
