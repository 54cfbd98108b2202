import { paginateListRoles, paginateListUsers } from '@aws-sdk/client-iam';
import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Multiselect from '@cloudscape-design/components/multiselect';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useCallback } from 'react';
import type { ReactNode } from 'react';
import { useAnswer } from '../../aws/use-answer.ts';
import { Loaded } from '../../layout/loaded.tsx';
import { useSignedIn } from '../../session/session-context.ts';
import type { Draft } from './draft.ts';

interface StepProps {
  draft: Draft;
  change: (draft: Draft) => void;
}

export function AdministratorsStep({ draft, change }: StepProps) {
  return (
    <Principals
      title="Key administrators"
      description="Users and roles that may manage this key. They cannot use it by this alone."
      chosen={draft.administrators}
      choose={(administrators) => change({ ...draft, administrators, policy: undefined })}
    >
      <Checkbox
        checked={draft.administratorsMayDelete}
        onChange={({ detail }) =>
          change({ ...draft, administratorsMayDelete: detail.checked, policy: undefined })
        }
      >
        Key administrators may delete this key
      </Checkbox>
    </Principals>
  );
}

export function UsersStep({ draft, change }: StepProps) {
  return (
    <Principals
      title="Key users"
      description="Users and roles that may use this key in cryptographic operations."
      chosen={draft.users}
      choose={(users) => change({ ...draft, users, policy: undefined })}
    />
  );
}

function Principals({
  title,
  description,
  chosen,
  choose,
  children,
}: {
  title: string;
  description: string;
  chosen: readonly string[];
  choose: (arns: readonly string[]) => void;
  children?: ReactNode;
}) {
  const { clients } = useSignedIn();
  const load = useCallback(async () => {
    const client = await clients.iam();
    const options: { value: string; label: string; description: string }[] = [];
    for await (const { Users } of paginateListUsers({ client }, {})) {
      for (const { Arn = '', UserName = '' } of Users ?? []) {
        options.push({ value: Arn, label: UserName, description: 'User' });
      }
    }
    for await (const { Roles } of paginateListRoles({ client }, {})) {
      for (const { Arn = '', RoleName = '' } of Roles ?? []) {
        options.push({ value: Arn, label: RoleName, description: 'Role' });
      }
    }
    return options;
  }, [clients]);
  const answer = useAnswer(load);
  return (
    <Container
      header={
        <Header variant="h2" description={description}>
          {title}
        </Header>
      }
    >
      <Loaded answer={answer}>
        {(options) => (
          <SpaceBetween size="l">
            <FormField
              label={title}
              description="Optional: a key without any is the root user's and that of IAM policies."
            >
              <Multiselect
                options={options}
                selectedOptions={options.filter(({ value }) => chosen.includes(value))}
                onChange={({ detail }) => choose(detail.selectedOptions.map(({ value = '' }) => value))}
                filteringType="auto"
                placeholder="Choose users and roles"
                empty="There are no users and roles in this account."
                deselectAriaLabel={({ label = '' }) => `Remove ${label}`}
              />
            </FormField>
            {children}
          </SpaceBetween>
        )}
      </Loaded>
    </Container>
  );
}
