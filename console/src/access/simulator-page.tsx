import { paginateSimulatePrincipalPolicy } from '@aws-sdk/client-iam';
import type { EvaluationResult } from '@aws-sdk/client-iam';
import { GetKeyPolicyCommand } from '@aws-sdk/client-kms';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import Textarea from '@cloudscape-design/components/textarea';
import { useState } from 'react';
import { gather } from '../aws/gather.ts';
import { Refusal } from '../layout/refusal.tsx';
import { useRoute } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';

const DECISIONS: Readonly<Record<string, { type: 'success' | 'error' | 'stopped'; text: string }>> = {
  allowed: { type: 'success', text: 'Allowed' },
  explicitDeny: { type: 'error', text: 'Denied by a statement' },
  implicitDeny: { type: 'stopped', text: 'Denied: nothing allows it' },
};

/** Asks the server what it would decide, and why. */
export function SimulatorPage() {
  const { clients, session } = useSignedIn();
  const { query } = useRoute();
  const [principal, setPrincipal] = useState(query.get('principal') ?? session.arn);
  const [actions, setActions] = useState(query.get('actions') ?? 'kms:Decrypt');
  const [resource, setResource] = useState(query.get('resource') ?? '*');
  const [context, setContext] = useState('');
  const [results, setResults] = useState<readonly EvaluationResult[]>();
  const [error, setError] = useState<unknown>();
  const [working, setWorking] = useState(false);

  // a condition that was passed over would make the decision one about something else
  const wrong = linesOf(context).find((line) => line.indexOf('=') < 1);

  const simulate = async (): Promise<void> => {
    setWorking(true);
    setError(undefined);
    setResults(undefined);
    try {
      const client = await clients.iam();
      const ResourcePolicy = await keyPolicyOf(resource.trim());
      const input = {
        PolicySourceArn: principal.trim(),
        ActionNames: actions.split(/[\s,]+/).filter((action) => action !== ''),
        ResourceArns: [resource.trim()],
        ContextEntries: contextEntries(context),
        ...(ResourcePolicy === undefined ? {} : { ResourcePolicy }),
      };
      // a page may have less than all: what is dear to evaluate comes in small ones
      setResults(
        await gather(paginateSimulatePrincipalPolicy({ client }, input), (page) => page.EvaluationResults),
      );
    } catch (thrown) {
      setError(thrown);
    }
    setWorking(false);
  };

  /** A key's decision begins with its policy. */
  const keyPolicyOf = async (arn: string): Promise<string | undefined> => {
    if (!/^arn:aws:kms:[^:]+:\d+:key\//.test(arn)) return undefined;
    const client = await clients.kms();
    return (await client.send(new GetKeyPolicyCommand({ KeyId: arn, PolicyName: 'default' }))).Policy;
  };

  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="What policies would decide, and the statements that speak of it. Grants are not looked at."
        >
          Policy simulator
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container>
          <SpaceBetween size="m">
            <FormField label="Principal" description="ARN of a user or role.">
              <Input
                value={principal}
                onChange={({ detail }) => setPrincipal(detail.value)}
                spellcheck={false}
              />
            </FormField>
            <FormField label="Actions" constraintText="With commas between them">
              <Input value={actions} onChange={({ detail }) => setActions(detail.value)} spellcheck={false} />
            </FormField>
            <FormField label="Resource" description="ARN of a key, or * for actions on no single key.">
              <Input
                value={resource}
                onChange={({ detail }) => setResource(detail.value)}
                spellcheck={false}
              />
            </FormField>
            <FormField
              label="Condition keys"
              constraintText="One a line: kms:EncryptionContext:app=orders"
              errorText={wrong === undefined ? undefined : `There is no key and = in: ${wrong}`}
            >
              <Textarea value={context} rows={3} onChange={({ detail }) => setContext(detail.value)} />
            </FormField>
            <Button
              variant="primary"
              loading={working}
              disabled={wrong !== undefined}
              onClick={() => void simulate()}
            >
              Simulate
            </Button>
          </SpaceBetween>
        </Container>
        {error === undefined ? null : <Refusal error={error} />}
        {results === undefined ? null : (
          <Table
            header={<Header variant="h2">Decisions</Header>}
            items={[...results]}
            wrapLines
            columnDefinitions={[
              {
                id: 'action',
                minWidth: 150,
                header: 'Action',
                cell: ({ EvalActionName }) => EvalActionName,
                isRowHeader: true,
              },
              {
                id: 'decision',
                minWidth: 260,
                header: 'Decision',
                cell: ({ EvalDecision = '' }) => {
                  const shown = DECISIONS[EvalDecision] ?? { type: 'stopped' as const, text: EvalDecision };
                  return <StatusIndicator type={shown.type}>{shown.text}</StatusIndicator>;
                },
              },
              {
                id: 'why',
                header: 'Matching statements',
                minWidth: 260,
                cell: (result) => <Statements result={result} />,
              },
              {
                id: 'missing',
                header: 'Condition keys that were not given',
                cell: ({ MissingContextValues }) => MissingContextValues?.join(', ') || '–',
              },
            ]}
          />
        )}
      </SpaceBetween>
    </ContentLayout>
  );
}

function Statements({ result: { MatchedStatements = [] } }: { result: EvaluationResult }) {
  if (MatchedStatements.length === 0) return <>–</>;
  return (
    <>
      {MatchedStatements.map((statement, index) => (
        <Box key={index}>
          {statement.SourcePolicyId} ({statement.SourcePolicyType}), line {statement.StartPosition?.Line}
        </Box>
      ))}
    </>
  );
}

function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function contextEntries(text: string) {
  return linesOf(text).map((line) => {
    const at = line.indexOf('=');
    return {
      ContextKeyName: line.slice(0, at),
      ContextKeyType: 'string' as const,
      ContextKeyValues: [line.slice(at + 1)],
    };
  });
}
