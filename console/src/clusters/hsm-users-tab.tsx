import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { Command } from '../layout/command.tsx';
import { Facts } from '../layout/facts.tsx';
import { counted } from '../layout/numbers.ts';
import type { FiguresOfHsm } from './use-figures.ts';

/**
 * Users of the HSMs belong to the crypto officer, who never goes through KMS: an HSM tells KMS how many it has, and their names
 * only to the operator's tool.
 */
export function HsmUsersTab({ hsms }: { hsms: readonly FiguresOfHsm[] }) {
  return (
    <Container header={<Header variant="h2">HSM users</Header>}>
      <SpaceBetween size="m">
        <Box>
          KMS knows no user of the HSMs but its own, kmsuser: an HSM tells it how many there are, and no
          names. The crypto officer manages all of them, with a tool that connects to each HSM itself and
          works while KMS is down.
        </Box>
        <Facts
          columns={3}
          items={hsms.map(({ HsmId, Vitals }) => ({
            label: HsmId,
            value: Vitals === undefined ? 'Does not say now' : counted(Vitals.Users, 'user'),
          }))}
        />
        <Command
          what="Users of each HSM: there, logged in, locked, missing"
          command="claviger hsm user list"
        />
        <Command what="Health, peers and keys of all HSMs, compared" command="claviger hsm check" />
      </SpaceBetween>
    </Container>
  );
}
