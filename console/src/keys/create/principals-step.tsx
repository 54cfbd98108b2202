import Checkbox from '@cloudscape-design/components/checkbox';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';
import { IamGate } from '../../session/iam-gate.tsx';
import { PrincipalChoice } from '../principal-choice.tsx';
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
  return (
    <Container
      header={
        <Header variant="h2" description={description}>
          {title}
        </Header>
      }
    >
      <SpaceBetween size="l">
        <IamGate>
          <PrincipalChoice
            label={title}
            description="Optional: a key without any is the root user's and that of IAM policies."
            chosen={chosen}
            choose={choose}
          />
        </IamGate>
        {children}
      </SpaceBetween>
    </Container>
  );
}
