import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import TagEditor from '@cloudscape-design/components/tag-editor';
import Textarea from '@cloudscape-design/components/textarea';
import Wizard from '@cloudscape-design/components/wizard';
import { useState } from 'react';
import { describeError } from '../../aws/errors.ts';
import { Facts } from '../../layout/facts.tsx';
import { useNotifications } from '../../layout/notifications.ts';
import { Refusal } from '../../layout/refusal.tsx';
import { goTo } from '../../layout/route.ts';
import { useSignedIn } from '../../session/session-context.ts';
import { ALIAS_CONSTRAINT, aliasProblem } from '../alias-name.ts';
import { readPolicy } from '../tabs/policy-document.ts';
import { ConfigureStep } from './configure-step.tsx';
import { EMPTY, USAGE_TEXTS, inputOf, isStore, policyOf, storeProblem } from './draft.ts';
import type { Draft } from './draft.ts';
import { AdministratorsStep, UsersStep } from './principals-step.tsx';

/** The wizard in which a key is made, in the order of AWS's console. */
export function CreateKeyPage() {
  const { clients, session } = useSignedIn();
  const notifications = useNotifications();
  const [draft, setDraft] = useState<Draft>(EMPTY);
  const [step, setStep] = useState(0);
  const [tagsValid, setTagsValid] = useState(true);
  const [working, setWorking] = useState(false);
  const [error, setError] = useState<string>();

  const create = async (): Promise<void> => {
    setWorking(true);
    setError(undefined);
    try {
      const client = await clients.kms();
      const { KeyMetadata } = await client.send(new CreateKeyCommand(inputOf(draft, session.accountId)));
      const KeyId = KeyMetadata?.KeyId ?? '';
      notifications.succeeded(`The key ${KeyId} was created.`);
      if (draft.alias !== '') await nameIt(KeyId);
      goTo(['keys', KeyId]);
    } catch (thrown) {
      setError(describeError(thrown));
      setWorking(false);
    }
  };

  /** The key exists by now: what goes wrong with its name must not look as if there were none. */
  const nameIt = async (TargetKeyId: string): Promise<void> => {
    try {
      const client = await clients.kms();
      await client.send(new CreateAliasCommand({ AliasName: `alias/${draft.alias}`, TargetKeyId }));
    } catch (thrown) {
      notifications.failed('The key was created, its alias was not', thrown);
    }
  };

  const problemOf = (at: number): string | undefined => {
    if (at === 0) return storeProblem(draft);
    // the key would be made before its alias was refused
    if (at === 1) return aliasProblem(draft.alias) ?? (tagsValid ? undefined : 'Correct the tags first.');
    if (at === 4) return readPolicy(policyOf(draft, session.accountId)).problem;
    return undefined;
  };

  return (
    <Wizard
      activeStepIndex={step}
      isLoadingNextStep={working}
      submitButtonText="Create key"
      i18nStrings={{
        stepNumberLabel: (number) => `Step ${number}`,
        collapsedStepsLabel: (number, count) => `Step ${number} of ${count}`,
        navigationAriaLabel: 'Steps',
        cancelButton: 'Cancel',
        previousButton: 'Previous',
        nextButton: 'Next',
        optional: 'optional',
      }}
      onNavigate={({ detail }) => {
        const problem = detail.requestedStepIndex > step ? problemOf(step) : undefined;
        setError(problem);
        if (problem === undefined) setStep(detail.requestedStepIndex);
      }}
      onCancel={() => goTo(['keys'])}
      onSubmit={() => {
        const problem = problemOf(step);
        if (problem === undefined) void create();
        else setError(problem);
      }}
      steps={[
        {
          title: 'Configure key',
          errorText: error,
          content: <ConfigureStep draft={draft} change={setDraft} />,
        },
        {
          title: 'Add labels',
          errorText: error,
          content: <Labels draft={draft} change={setDraft} validate={setTagsValid} />,
        },
        {
          title: 'Key administrators',
          isOptional: true,
          content: <AdministratorsStep draft={draft} change={setDraft} />,
        },
        { title: 'Key users', isOptional: true, content: <UsersStep draft={draft} change={setDraft} /> },
        {
          title: 'Review',
          content: <Review draft={draft} change={setDraft} accountId={session.accountId} error={error} />,
        },
      ]}
    />
  );
}

function Labels({
  draft,
  change,
  validate,
}: {
  draft: Draft;
  change: (draft: Draft) => void;
  validate: (tagsValid: boolean) => void;
}) {
  return (
    <Container header={<Header variant="h2">Alias, description, tags</Header>}>
      <SpaceBetween size="l">
        <FormField label="Alias" constraintText={ALIAS_CONSTRAINT} errorText={aliasProblem(draft.alias)}>
          <Input value={draft.alias} onChange={({ detail }) => change({ ...draft, alias: detail.value })} />
        </FormField>
        <FormField label="Description">
          <Input
            value={draft.description}
            onChange={({ detail }) => change({ ...draft, description: detail.value })}
          />
        </FormField>
        <TagEditor
          tags={draft.tags}
          onChange={({ detail }) => {
            change({ ...draft, tags: detail.tags });
            validate(detail.valid);
          }}
        />
      </SpaceBetween>
    </Container>
  );
}

function Review({
  draft,
  change,
  accountId,
  error,
}: {
  draft: Draft;
  change: (draft: Draft) => void;
  accountId: string;
  error: string | undefined;
}) {
  return (
    <SpaceBetween size="l">
      {error === undefined ? null : <Refusal error={error} />}
      <Container header={<Header variant="h2">Key</Header>}>
        <Facts
          columns={3}
          items={[
            { label: 'Key spec', value: draft.spec },
            { label: 'Key usage', value: USAGE_TEXTS[draft.usage] ?? draft.usage },
            { label: 'Origin', value: draft.origin },
            {
              label: 'Custom key store',
              value: isStore(draft.origin) ? draft.customKeyStoreId : '–',
            },
            ...(draft.origin === 'EXTERNAL_KEY_STORE'
              ? [{ label: 'External key ID', value: draft.externalKeyId.trim() }]
              : []),
            { label: 'Regionality', value: draft.multiRegion ? 'Multi-Region' : 'Single Region' },
            { label: 'Alias', value: draft.alias === '' ? '–' : `alias/${draft.alias}` },
          ]}
        />
      </Container>
      <Container header={<Header variant="h2">Key policy</Header>}>
        <FormField label="Policy document" stretch errorText={readPolicy(policyOf(draft, accountId)).problem}>
          <Textarea
            rows={18}
            spellcheck={false}
            value={policyOf(draft, accountId)}
            onChange={({ detail }) => change({ ...draft, policy: detail.value })}
          />
        </FormField>
      </Container>
    </SpaceBetween>
  );
}
