import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { Copyable } from '../layout/copyable.tsx';
import { dateText } from '../layout/dates.ts';
import { Facts } from '../layout/facts.tsx';
import { Loaded } from '../layout/loaded.tsx';
import { goTo, hrefTo, useRoute } from '../layout/route.ts';
import { KeyStatus } from '../layout/status.tsx';
import { KeyActions } from './key-actions.tsx';
import { tabsOf } from './tabs/tabs.tsx';
import { useKey } from './use-key.ts';
import type { ShownKey } from './use-key.ts';

/** One key: what it is, what can be done to it, and its tabs. */
export function KeyPage({ keyId }: { keyId: string }) {
  const answer = useKey(keyId);
  const { query } = useRoute();
  return (
    <Loaded answer={answer}>
      {(key) => {
        const tabs = tabsOf(key, answer.reload);
        return (
          <ContentLayout
            header={
              <Header
                variant="h1"
                actions={
                  key.metadata.KeyManager === 'AWS' ? null : (
                    <KeyActions
                      keys={[
                        {
                          keyId,
                          state: key.metadata.KeyState,
                          origin: key.metadata.Origin,
                        },
                      ]}
                      onDone={answer.reload}
                    />
                  )
                }
              >
                {key.aliases[0] ?? keyId}
              </Header>
            }
          >
            <SpaceBetween size="l">
              <General shown={key} />
              <Tabs
                tabs={tabs}
                activeTabId={query.get('tab') ?? tabs[0]?.id ?? ''}
                onChange={({ detail }) => goTo(['keys', keyId], { tab: detail.activeTabId })}
              />
            </SpaceBetween>
          </ContentLayout>
        );
      }}
    </Loaded>
  );
}

function General({ shown: { metadata, aliases, aliasesDenied } }: { shown: ShownKey }) {
  return (
    <Container header={<Header variant="h2">General configuration</Header>}>
      <Facts
        columns={3}
        items={[
          {
            label: 'Aliases',
            value: aliasesDenied === undefined ? aliases.join(', ') || '–' : 'You may not list them',
          },
          { label: 'ARN', value: <Copyable text={metadata.Arn} what="ARN" /> },
          { label: 'Status', value: <KeyStatus state={metadata.KeyState} /> },
          { label: 'Description', value: metadata.Description || '–' },
          { label: 'Created', value: dateText(metadata.CreationDate) },
          { label: 'Regionality', value: regionality(metadata) },
          {
            label: 'Custom key store',
            value:
              metadata.CustomKeyStoreId === undefined ? (
                '–'
              ) : (
                <Link href={hrefTo(['key-stores', metadata.CustomKeyStoreId])}>
                  {metadata.CustomKeyStoreId}
                </Link>
              ),
          },
          ...(metadata.XksKeyConfiguration?.Id === undefined
            ? []
            : [
                {
                  label: 'External key ID',
                  value: <Copyable text={metadata.XksKeyConfiguration.Id} what="External key ID" />,
                },
              ]),
          ...(metadata.DeletionDate === undefined
            ? []
            : [
                {
                  label: 'Will be deleted',
                  value: <Box color="text-status-error">{dateText(metadata.DeletionDate)}</Box>,
                },
              ]),
        ]}
      />
    </Container>
  );
}

function regionality({ MultiRegion, MultiRegionConfiguration }: ShownKey['metadata']): string {
  if (MultiRegion !== true) return 'Single Region';
  return MultiRegionConfiguration?.MultiRegionKeyType === 'PRIMARY'
    ? 'Multi-Region primary'
    : 'Multi-Region replica';
}
