import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Command } from '../layout/command.tsx';

/** Users of the HSMs belong to the crypto officer, who never goes through KMS: only the operator's tool shows and changes them. */
export function HsmUsersTab() {
  return (
    <Container header={<Header variant="h2">HSM users</Header>}>
      <SpaceBetween size="m">
        <Box>
          KMS knows no user of the HSMs but its own, kmsuser. The crypto officer manages all of them, with a
          tool that connects to each HSM itself and works while KMS is down.
        </Box>
        <Command
          what="Users of each HSM: there, logged in, locked, missing"
          command="claviger hsm user list"
        />
        <Command what="Health, peers and keys of all HSMs, compared" command="claviger hsm check" />
      </SpaceBetween>
    </Container>
  );
}
