import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo } from 'react';
import { EventTable } from '../../audit/events-page.tsx';
import type { Wanted } from '../../audit/events-page.tsx';
import { Command } from '../../layout/command.tsx';
import type { ShownKey } from '../use-key.ts';

/** What was done with this key of late, and how to have all of it for an auditor. */
export function EventsTab({ shown: { metadata } }: { shown: ShownKey }) {
  const { KeyId: keyId, Arn: arn, Origin } = metadata;
  const wanted = useMemo<Wanted>(() => ({ attribute: 'ResourceName', value: arn }), [arn]);
  return (
    <SpaceBetween size="l">
      <EventTable variant="container" title="Recent events" wanted={wanted} />
      <Command
        what={`All that an auditor asks about this key, in a folder: its life, policies and uses${Origin === 'AWS_CLOUDHSM' ? ', and what each HSM says of it' : ''}`}
        command={`claviger audit export --key ${keyId} --out ./evidence`}
      />
    </SpaceBetween>
  );
}
