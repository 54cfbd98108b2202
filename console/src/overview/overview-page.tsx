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
import { useCallback, useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { reconciliation } from '../audit/findings.ts';
import type { Clients } from '../aws/clients.ts';
import { endpoint } from '../aws/endpoint.ts';
import { describeError } from '../aws/errors.ts';
import { useAnswer } from '../aws/use-answer.ts';
import type { Answer } from '../aws/use-answer.ts';
import { listClusters } from '../clusters/list-clusters.ts';
import { isExternal } from '../key-stores/store-types.ts';
import { DESCRIBED_UNASKED, isAwsManaged } from '../keys/key-list.ts';
import { KeysLookedAt } from '../keys/keys-looked-at.tsx';
import { useKeyList } from '../keys/use-key-list.ts';
import { Loaded } from '../layout/loaded.tsx';
import { hrefTo } from '../layout/route.ts';
import { useSignedIn } from '../session/session-context.ts';
import { attentionFor } from './attention.ts';
import type { Findings } from './attention.ts';

const EVERY_MS = 15_000;
/** For what takes many calls, or changes seldom. */
const SLOW_MS = 60_000;

/** The first page: what needs attention now, and how much there is of everything. */
export function OverviewPage() {
  const { clients } = useSignedIn();
  const load = useCallback(() => find(clients), [clients]);
  const answer = useAnswer(load, EVERY_MS);
  const loadAlarms = useCallback(async () => (await reconciliation(clients)).Findings, [clients]);
  const alarms = useAnswer(loadAlarms, SLOW_MS);
  const list = useKeyList();
  const [all, setAll] = useState(false);
  const { keys: listed, describe, reload } = list;
  const unasked = listed !== undefined && listed.length <= DESCRIBED_UNASKED;
  useEffect(() => {
    if (all || unasked) describe((listed ?? []).map(({ keyId }) => keyId));
  }, [all, unasked, describe, listed]);
  useEffect(() => {
    if (!unasked) return undefined;
    const again = (): void => (document.visibilityState === 'visible' ? reload() : undefined);
    const timer = setInterval(again, SLOW_MS);
    return () => clearInterval(timer);
  }, [unasked, reload]);
  const keys = (listed ?? []).filter((key) => !isAwsManaged(key));
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
            <NeedsAttention
              findings={withAlarms({ ...findings, keys }, alarms)}
              complete={
                answer.error === undefined &&
                list.error === undefined &&
                (all || unasked) &&
                list.waiting === 0 &&
                list.unknown === 0 &&
                keys.every(({ KeyState }) => KeyState !== undefined) &&
                !isLoading(alarms)
              }
            >
              {isLoading(alarms) ? (
                <StatusIndicator type="loading">Looking at the audit trails</StatusIndicator>
              ) : null}
              <KeysLookedAt list={list} everyKey={all || unasked} onAll={() => setAll(true)} />
            </NeedsAttention>
            <Counts findings={{ ...findings, keys, alarms: [] }} known={listed !== undefined} />
          </SpaceBetween>
        )}
      </Loaded>
    </ContentLayout>
  );
}

async function find(clients: Clients): Promise<Omit<Findings, 'keys' | 'alarms'>> {
  const unseen: string[] = [];
  const missed =
    (what: string) =>
    (error: unknown): [] => {
      unseen.push(`${what} could not be looked at. ${describeError(error)}`);
      return [];
    };
  const kms = await clients.kms();
  const cloudhsm = await clients.cloudhsm();
  const [stores, clusters, notReady] = await Promise.all([
    kms
      .send(new DescribeCustomKeyStoresCommand({}))
      .then((answer) => answer.CustomKeyStores ?? [], missed('The custom key stores')),
    listClusters(cloudhsm).catch(missed('The HSM clusters')),
    readiness(unseen),
  ]);
  return { stores, clusters, notReady, unseen };
}

const isLoading = ({ value, error }: Answer<unknown>): boolean => value === undefined && error === undefined;

function withAlarms(
  findings: Omit<Findings, 'alarms'>,
  { value, error }: Answer<Findings['alarms']>,
): Findings {
  const unseen =
    error === undefined
      ? findings.unseen
      : [
          ...findings.unseen,
          `The comparison of the audit trails could not be looked at. ${describeError(error)}`,
        ];
  return { ...findings, alarms: value ?? [], unseen };
}

/** @param unseen takes what could not be looked at */
async function readiness(unseen: string[]): Promise<string[]> {
  const answer = await fetch(`${endpoint()}/readyz`);
  if (answer.ok) return [];
  try {
    return ((await answer.json()) as { reasons: string[] }).reasons;
  } catch {
    // the words of a proxy that keeps this path for itself
    unseen.push(`Readiness could not be looked at. /readyz is answered with ${answer.status}.`);
    return [];
  }
}

function NeedsAttention({
  findings,
  complete,
  children,
}: {
  findings: Findings;
  /** false while something was not looked at: then nothing can be said to be well */
  complete: boolean;
  children: ReactNode;
}) {
  const items = attentionFor(findings, Date.now());
  // whether the proxy of a store that is connected answers now, no call of the API tells
  const connectedOnly = findings.stores.some(isExternal);
  return (
    <Container header={<Header variant="h2">Needs attention now</Header>}>
      <SpaceBetween size="s">
        {items.length === 0 && complete ? (
          <StatusIndicator type="success">
            Nothing. All key stores {connectedOnly ? 'are connected' : 'serve'}, and no key is about to go.
          </StatusIndicator>
        ) : (
          items.map(({ urgency, text, href }) => (
            <div key={text}>
              <StatusIndicator type={urgency} iconAriaLabel={urgency} /> {text}{' '}
              {href === undefined ? null : (
                <Link href={href} ariaLabel={`See: ${text}`}>
                  See
                </Link>
              )}
            </div>
          ))
        )}
        {children}
      </SpaceBetween>
    </Container>
  );
}

function Counts({
  findings: { keys, stores, clusters },
  known,
}: {
  findings: Findings;
  /** false while the keys are loaded */
  known: boolean;
}) {
  const hsms = clusters.flatMap(({ Hsms }) => Hsms ?? []);
  const counts: { what: string; number: string; href: string }[] = [
    { what: 'Customer managed keys', number: known ? String(keys.length) : '–', href: hrefTo(['keys']) },
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
      <ColumnLayout columns={3} variant="text-grid">
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
