import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Command } from '../layout/command.tsx';

/** Where load and cost are told: none of AWS's APIs that are served here has them, so that the console has not either. */
export function LoadTab() {
  return (
    <Container header={<Header variant="h2">Load and cost</Header>}>
      <SpaceBetween size="m">
        <Box>
          Claviger serves them to Prometheus, at the address that metrics.listen in its configuration names:
          for each HSM whether it serves, its calls in flight and its keys; for each operation how many
          requests there were and how long they took. No API of AWS tells that of an HSM, so this page cannot
          either.
        </Box>
        <Command what="Each HSM now" command="curl -s http://METRICS-ADDRESS/metrics | grep ^claviger_hsm_" />
        <Command
          what="What HSMs, keys and requests cost this month, at the prices of the configuration"
          command="claviger cost"
        />
      </SpaceBetween>
    </Container>
  );
}
