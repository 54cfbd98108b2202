import { DescribeCustomKeyStoresCommand } from '@aws-sdk/client-kms';
import type { CustomKeyStoreType, KeyUsageType } from '@aws-sdk/client-kms';
import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useCallback } from 'react';
import { useAnswer } from '../../aws/use-answer.ts';
import { Loaded } from '../../layout/loaded.tsx';
import { useSignedIn } from '../../session/session-context.ts';
import {
  SPECS,
  USAGE_TEXTS,
  externalKeyIdProblem,
  isStore,
  withKind,
  withOrigin,
  withUsage,
} from './draft.ts';
import type { Draft } from './draft.ts';

interface StepProps {
  draft: Draft;
  change: (draft: Draft) => void;
}

/** Type, usage and spec; under advanced options, where the key material comes from. */
export function ConfigureStep({ draft, change }: StepProps) {
  const usages = Object.keys(SPECS[draft.kind]) as KeyUsageType[];
  const specs = SPECS[draft.kind][draft.usage] ?? [];
  return (
    <Container header={<Header variant="h2">Key</Header>}>
      <SpaceBetween size="l">
        <FormField label="Key type" stretch>
          <Tiles
            value={draft.kind}
            onChange={({ detail }) => change(withKind(draft, detail.value as Draft['kind']))}
            items={[
              {
                value: 'symmetric',
                label: 'Symmetric',
                description:
                  'One key that encrypts and decrypts, or makes MACs. It never leaves its key store.',
              },
              {
                value: 'asymmetric',
                label: 'Asymmetric',
                description: 'A key pair: the public key can be downloaded and used outside of KMS.',
              },
            ]}
          />
        </FormField>
        <FormField label="Key usage">
          <RadioGroup
            value={draft.usage}
            onChange={({ detail }) => change(withUsage(draft, detail.value as KeyUsageType))}
            items={usages.map((value) => ({ value, label: USAGE_TEXTS[value] ?? value }))}
          />
        </FormField>
        {specs.length > 1 ? (
          <FormField label="Key spec">
            <Select
              selectedOption={{ value: draft.spec, label: draft.spec }}
              onChange={({ detail }) =>
                change({ ...draft, spec: detail.selectedOption.value as Draft['spec'] })
              }
              options={specs.map((value) => ({ value, label: value }))}
            />
          </FormField>
        ) : null}
        <ExpandableSection headerText="Advanced options" defaultExpanded={draft.origin !== 'AWS_KMS'}>
          <SpaceBetween size="l">
            <Origin draft={draft} change={change} />
            {isStore(draft.origin) ? (
              <KeyStoreChoice type={draft.origin} draft={draft} change={change} />
            ) : null}
            {draft.origin === 'EXTERNAL_KEY_STORE' ? <ExternalKey draft={draft} change={change} /> : null}
            {isStore(draft.origin) ? null : (
              <FormField label="Regionality">
                <RadioGroup
                  value={draft.multiRegion ? 'multi' : 'single'}
                  onChange={({ detail }) => change({ ...draft, multiRegion: detail.value === 'multi' })}
                  items={[
                    { value: 'single', label: 'Single-Region key' },
                    {
                      value: 'multi',
                      label: 'Multi-Region key',
                      description: 'Can be replicated into other Regions.',
                    },
                  ]}
                />
              </FormField>
            )}
          </SpaceBetween>
        </ExpandableSection>
      </SpaceBetween>
    </Container>
  );
}

function Origin({ draft, change }: StepProps) {
  const symmetricEncryption = draft.spec === 'SYMMETRIC_DEFAULT';
  return (
    <FormField label="Key material origin">
      <RadioGroup
        value={draft.origin}
        onChange={({ detail }) => change(withOrigin(draft, detail.value as Draft['origin']))}
        items={[
          {
            value: 'AWS_KMS',
            label: 'KMS (recommended)',
            description: 'Made and kept in the built-in key store.',
          },
          {
            value: 'EXTERNAL',
            label: 'External (import key material)',
            description: 'You bring the key material; it can expire and be deleted.',
          },
          {
            value: 'AWS_CLOUDHSM',
            label: 'Custom key store (HSM cluster)',
            description: symmetricEncryption
              ? 'Made in the HSMs that you own, and used only there.'
              : 'Only for symmetric encryption keys.',
            disabled: !symmetricEncryption,
          },
          {
            value: 'EXTERNAL_KEY_STORE',
            label: 'External key store',
            description: symmetricEncryption
              ? 'Encrypts twice: under key material of KMS, and under a key in your own key manager elsewhere.'
              : 'Only for symmetric encryption keys.',
            disabled: !symmetricEncryption,
          },
        ]}
      />
    </FormField>
  );
}

function KeyStoreChoice({ type, draft, change }: StepProps & { type: CustomKeyStoreType }) {
  const { clients } = useSignedIn();
  const load = useCallback(async () => {
    const client = await clients.kms();
    const { CustomKeyStores = [] } = await client.send(new DescribeCustomKeyStoresCommand({}));
    return CustomKeyStores.filter(({ CustomKeyStoreType }) => CustomKeyStoreType === type);
  }, [clients, type]);
  const answer = useAnswer(load);
  return (
    <Loaded answer={answer}>
      {(stores) =>
        stores.length === 0 ? (
          <Alert type="info">
            {type === 'EXTERNAL_KEY_STORE'
              ? 'There is no external key store in this Region yet.'
              : 'There is no custom key store on an HSM cluster in this Region yet.'}
          </Alert>
        ) : (
          <FormField label="Custom key store" description="A store must be connected to make keys in it.">
            <RadioGroup
              value={draft.customKeyStoreId}
              onChange={({ detail }) => change({ ...draft, customKeyStoreId: detail.value })}
              items={stores.map(({ CustomKeyStoreId = '', CustomKeyStoreName = '', ConnectionState }) => ({
                value: CustomKeyStoreId,
                label: CustomKeyStoreName,
                description: `${CustomKeyStoreId}, ${ConnectionState?.toLowerCase() ?? ''}`,
                disabled: ConnectionState !== 'CONNECTED',
              }))}
            />
          </FormField>
        )
      }
    </Loaded>
  );
}

function ExternalKey({ draft, change }: StepProps) {
  return (
    <FormField
      label="External key ID"
      description="As the key manager behind the proxy names the key: an AES key of 256 bits that is enabled there and may encrypt and decrypt. A key of KMS has the same external key for life, and no other in its key store has it too."
      errorText={externalKeyIdProblem(draft.externalKeyId)}
    >
      <Input
        value={draft.externalKeyId}
        spellcheck={false}
        onChange={({ detail }) => change({ ...draft, externalKeyId: detail.value })}
      />
    </FormField>
  );
}
