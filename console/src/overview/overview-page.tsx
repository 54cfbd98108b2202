import { DescribeClustersCommand } from '@aws-sdk/client-cloudhsm-v2';
import { DescribeCustomKeyStoresCommand } from '@aws-sdk/client-kms';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import ColumnLayout from '@cloudscape-design/components/column-layout';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import { useCallback } from 'react';
import type { Clients } from '../aws/clients.ts';
import { endpoint } from '../aws/endpoint.ts';
import { useAnswer } from '../aws/use-answer.ts';
import { listKeys } from '../keys/key-list.ts';
import { Loaded } from '../layout/loaded.tsx';
import { hrefTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';
import { attentionFor } from './attention.ts';
import type { Findings } from './attention.ts';

const EVERY_MS = 15_000;

/** The first page: what needs attention now, and how much there is of everything. */
export function OverviewPage() {
  const { clients } = useSignedIn();
  const load = useCallback(() => find(clients), [clients]);
  const answer = useAnswer(load, EVERY_MS);
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          actions={
            <Button variant="primary" href={hrefTo(['create-key'])}>
              Create key
            </Button>
          }
        >
          Overview
        </Header>
      }
    >
      <Loaded answer={answer}>
        {(findings) => (
          <SpaceBetween size="l">
            <NeedsAttention findings={findings} />
            <Counts findings={findings} />
          </SpaceBetween>
        )}
      </Loaded>
    </ContentLayout>
  );
}

async function find(clients: Clients): Promise<Findings> {
  const kms = await clients.kms();
  const cloudhsm = await clients.cloudhsm();
  const [keys, stores, clusters, notReady] = await Promise.all([
    listKeys(kms, () => {}),
    kms.send(new DescribeCustomKeyStoresCommand({})).then(
      (answer) => answer.CustomKeyStores ?? [],
      () => [],
    ),
    cloudhsm.send(new DescribeClustersCommand({})).then(
      (answer) => answer.Clusters ?? [],
      () => [],
    ),
    readiness(),
  ]);
  return { keys: keys.filter(({ KeyManager }) => KeyManager !== 'AWS'), stores, clusters, notReady };
}

async function readiness(): Promise<string[]> {
  const answer = await fetch(`${endpoint()}/readyz`);
  if (answer.ok) return [];
  const { reasons } = (await answer.json()) as { reasons: string[] };
  return reasons;
}

function NeedsAttention({ findings }: { findings: Findings }) {
  const items = attentionFor(findings, Date.now());
  return (
    <Container header={<Header variant="h2">Needs attention now</Header>}>
      {items.length === 0 ? (
        <StatusIndicator type="success">
          Nothing. All key stores serve, and no key is about to go.
        </StatusIndicator>
      ) : (
        <SpaceBetween size="s">
          {items.map(({ urgency, text, href }) => (
            <div key={text}>
              <StatusIndicator type={urgency}>{text}</StatusIndicator> <Link href={href}>See</Link>
            </div>
          ))}
        </SpaceBetween>
      )}
    </Container>
  );
}

function Counts({ findings: { keys, stores, clusters } }: { findings: Findings }) {
  const hsms = clusters.flatMap(({ Hsms }) => Hsms ?? []);
  const counts: { what: string; number: string; href: string }[] = [
    { what: 'Customer managed keys', number: String(keys.length), href: hrefTo(['keys']) },
    {
      what: 'Keys in custom key stores',
      number: String(keys.filter(({ CustomKeyStoreId }) => CustomKeyStoreId !== undefined).length),
      href: hrefTo(['keys']),
    },
    {
      what: 'Key stores connected',
      number: `${stores.filter(({ ConnectionState }) => ConnectionState === 'CONNECTED').length} of ${stores.length}`,
      href: hrefTo(['key-stores']),
    },
    {
      what: 'HSMs active',
      number: `${hsms.filter(({ State }) => State === 'ACTIVE').length} of ${hsms.length}`,
      href: hrefTo(['clusters']),
    },
  ];
  return (
    <Container header={<Header variant="h2">What there is</Header>}>
      <ColumnLayout columns={4} variant="text-grid">
        {counts.map(({ what, number, href }) => (
          <div key={what}>
            <Box variant="awsui-key-label">{what}</Box>
            <Link href={href} fontSize="display-l" variant="awsui-value-large">
              {number}
            </Link>
          </div>
        ))}
      </ColumnLayout>
    </Container>
  );
}
