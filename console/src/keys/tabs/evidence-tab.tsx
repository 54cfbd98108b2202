import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { timeOf } from '../../aws/claviger-client.ts';
import type { Answered } from '../../aws/claviger-client.ts';
import { useCall } from '../../aws/use-call.ts';
import { dateText } from '../../layout/dates.ts';
import { Refusal } from '../../layout/refusal.tsx';
import { saveFile } from '../../layout/save-file.ts';
import { useSignedIn } from '../../session/session-context.ts';
import type { ShownKey } from '../use-key.ts';

type Evidence = Answered<'ExportEvidence'>;

const OUTCOMES: Readonly<
  Record<Evidence['Outcome'], { type: 'success' | 'error' | 'warning'; text: string }>
> = {
  agree: { type: 'success', text: 'Both trails agree and are whole' },
  mismatch: { type: 'error', text: 'Something does not agree: see the report' },
  undecided: { type: 'warning', text: 'Nothing is wrong so far; not all logs are complete' },
};

/** What an auditor asks about the key, gathered when the button is pressed, to be kept as two files. */
export function EvidenceTab({ shown: { metadata } }: { shown: ShownKey }) {
  const keyId = metadata.KeyId;
  const { clients } = useSignedIn();
  const {
    answer: evidence,
    error,
    working,
    run: gather,
  } = useCall(async () => {
    const client = await clients.claviger();
    return client.call('ExportEvidence', { KeyId: keyId });
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`For an auditor: the key's life, policies and uses, ${metadata.Origin === 'AWS_CLOUDHSM' ? 'its attributes in each HSM, ' : ''}and whether the journal and the HSMs' own logs agree`}
        >
          Evidence
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Box>All of both trails is read and verified for it, which takes a while where they are long.</Box>
        {metadata.Origin === 'EXTERNAL_KEY_STORE' ? (
          <Box>
            What the proxy and its key manager recorded of the external key is with them. They find it by the
            request ids of the key's events.
          </Box>
        ) : null}
        <Button loading={working} onClick={() => void gather()}>
          Gather evidence
        </Button>
        {error === undefined ? null : <Refusal error={error} />}
        {evidence === undefined ? null : <Files keyId={keyId} evidence={evidence} />}
      </SpaceBetween>
    </Container>
  );
}

function Files({ keyId, evidence }: { keyId: string; evidence: Evidence }) {
  const { type, text } = OUTCOMES[evidence.Outcome];
  return (
    <SpaceBetween size="s">
      <StatusIndicator type={type}>{text}</StatusIndicator>
      <Box color="text-body-secondary">Made {dateText(timeOf(evidence.MadeAt))}</Box>
      <SpaceBetween direction="horizontal" size="xs">
        <Button
          iconName="download"
          onClick={() => saveFile(`evidence-${keyId}.html`, evidence.Report, 'text/html')}
        >
          Download report (HTML)
        </Button>
        <Button
          iconName="download"
          onClick={() => saveFile(`evidence-${keyId}.json`, evidence.Evidence, 'application/json')}
        >
          Download evidence (JSON)
        </Button>
      </SpaceBetween>
    </SpaceBetween>
  );
}
