import { GetKeyPolicyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import type { KeyUsageType } from '@aws-sdk/client-kms';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import Textarea from '@cloudscape-design/components/textarea';
import { useCallback, useState } from 'react';
import { useAnswer } from '../../aws/use-answer.ts';
import { Loaded } from '../../layout/loaded.tsx';
import { useNotifications } from '../../layout/notifications.ts';
import { Refusal } from '../../layout/refusal.tsx';
import { useSignedIn } from '../../session/session-context.ts';
import { PartiesForm } from './parties-form.tsx';
import { readPolicy } from './policy-document.ts';

type View = 'parties' | 'statements' | 'document';

/** The key policy: who may manage and use the key, its statements in a table, or the document; the first and the last can be changed. */
export function PolicyTab({ keyId, usage }: { keyId: string; usage: KeyUsageType }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [view, setView] = useState<View>('parties');
  const [draft, setDraft] = useState<string>();
  const load = useCallback(async () => {
    const client = await clients.kms();
    const { Policy = '' } = await client.send(
      new GetKeyPolicyCommand({ KeyId: keyId, PolicyName: 'default' }),
    );
    return Policy;
  }, [clients, keyId]);
  const answer = useAnswer(load);
  const save = async (Policy: string): Promise<void> => {
    const client = await clients.kms();
    await client.send(new PutKeyPolicyCommand({ KeyId: keyId, PolicyName: 'default', Policy }));
    notifications.succeeded('The key policy was changed.');
    setDraft(undefined);
    answer.reload();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          actions={
            draft === undefined ? (
              <SpaceBetween direction="horizontal" size="xs">
                <SegmentedControl
                  label="View"
                  selectedId={view}
                  onChange={({ detail }) => setView(detail.selectedId as View)}
                  options={[
                    { id: 'parties', text: 'Form' },
                    { id: 'statements', text: 'Statements' },
                    { id: 'document', text: 'JSON' },
                  ]}
                />
                <Button onClick={() => setDraft(answer.value)} disabled={answer.value === undefined}>
                  Edit
                </Button>
              </SpaceBetween>
            ) : null
          }
        >
          Key policy
        </Header>
      }
    >
      <Loaded answer={answer}>
        {(policy) =>
          draft !== undefined ? (
            <Editor draft={draft} setDraft={setDraft} save={save} />
          ) : view === 'parties' ? (
            <PartiesForm key={policy} policy={policy} usage={usage} save={save} />
          ) : view === 'document' ? (
            <Box variant="pre">{policy}</Box>
          ) : (
            <Statements policy={policy} />
          )
        }
      </Loaded>
    </Container>
  );
}

function Statements({ policy }: { policy: string }) {
  const { statements = [] } = readPolicy(policy);
  return (
    <Table
      variant="embedded"
      items={[...statements]}
      wrapLines
      empty="This policy has no statement."
      columnDefinitions={[
        { id: 'sid', header: 'Statement', cell: ({ sid }) => sid ?? '–', isRowHeader: true },
        { id: 'effect', header: 'Effect', cell: ({ effect }) => effect },
        { id: 'who', header: 'Principals', cell: ({ principals }) => <Lines of={principals} /> },
        { id: 'what', header: 'Actions', cell: ({ actions }) => <Lines of={actions} /> },
        { id: 'if', header: 'Conditions', cell: ({ conditions }) => <Lines of={conditions} /> },
      ]}
    />
  );
}

function Lines({ of: lines }: { of: readonly string[] }) {
  if (lines.length === 0) return <>–</>;
  return (
    <>
      {lines.map((line) => (
        <div key={line}>{line}</div>
      ))}
    </>
  );
}

function Editor({
  draft,
  setDraft,
  save,
}: {
  draft: string;
  setDraft: (text: string | undefined) => void;
  save: (policy: string) => Promise<void>;
}) {
  const [error, setError] = useState<unknown>();
  const { problem } = readPolicy(draft);
  return (
    <SpaceBetween size="m">
      <FormField label="Policy document" errorText={problem} stretch>
        <Textarea
          value={draft}
          onChange={({ detail }) => setDraft(detail.value)}
          rows={22}
          spellcheck={false}
          ariaLabel="Policy document"
        />
      </FormField>
      {error === undefined ? null : <Refusal error={error} />}
      <SpaceBetween direction="horizontal" size="xs">
        <Button
          variant="primary"
          disabled={problem !== undefined}
          onClick={() => void save(draft).catch(setError)}
        >
          Save
        </Button>
        <Button onClick={() => setDraft(undefined)}>Cancel</Button>
      </SpaceBetween>
    </SpaceBetween>
  );
}
