import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useCall } from '../../aws/use-call.ts';
import { Copyable } from '../../layout/copyable.tsx';
import { Refusal } from '../../layout/refusal.tsx';
import { useSignedIn } from '../../session/session-context.ts';
import type { ShownKey } from '../use-key.ts';

/** Another KMS can use a key of the HSMs by way of an XKS proxy; the id that it needs is made here. */
export function ExternalUseTab({ shown: { metadata } }: { shown: ShownKey }) {
  const { clients } = useSignedIn();
  const {
    answer: made,
    error,
    working,
    run: generate,
  } = useCall(async () => {
    const client = await clients.claviger();
    return client.call('GenerateExternalKey', { KeyId: metadata.KeyId });
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="AWS KMS, or another Claviger, uses this key in an external key store of its own, by way of claviger xks-proxy"
        >
          External use
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Box>
          An external key is made on top of this key, inside an HSM. What the other KMS encrypts with it can
          be opened as long as this key is there and enabled.
        </Box>
        <Button loading={working} onClick={() => void generate()}>
          Generate an external key
        </Button>
        {error === undefined ? null : <Refusal error={error} />}
        {made === undefined ? null : (
          <SpaceBetween size="xxs">
            <Box variant="awsui-key-label">External key ID</Box>
            <Copyable text={made.XksKeyId} what="External key ID" />
            <Box color="text-body-secondary">
              It is kept nowhere but in the audit trail: give it to the KMS key there, or to the proxy's
              configuration.
            </Box>
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Container>
  );
}
