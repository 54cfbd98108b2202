import type { KeyUsageType } from '@aws-sdk/client-kms';
import Button from '@cloudscape-design/components/button';
import Checkbox from '@cloudscape-design/components/checkbox';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { Refusal } from '../../layout/refusal.tsx';
import { partiesOf, withParties } from '../policy-parts.ts';
import { IamGate } from '../../session/iam-gate.tsx';
import { PrincipalChoice } from '../principal-choice.tsx';

/** Key administrators and key users of a policy, added and removed without touching its JSON. */
export function PartiesForm({
  policy,
  usage,
  save,
}: {
  policy: string;
  usage: KeyUsageType;
  /** Rejects with the API's error when the policy was refused. */
  save: (policy: string) => Promise<void>;
}) {
  const given = partiesOf(policy);
  const [parties, setParties] = useState(given);
  const [error, setError] = useState<unknown>();
  const [working, setWorking] = useState(false);
  const changed = JSON.stringify(parties) !== JSON.stringify(given);
  const submit = (): void => {
    setWorking(true);
    setError(undefined);
    save(withParties(policy, parties, usage))
      .catch(setError)
      .finally(() => setWorking(false));
  };
  return (
    <IamGate>
      <SpaceBetween size="l">
        <SpaceBetween size="xs">
          <PrincipalChoice
            label="Key administrators"
            description="Users and roles that may manage this key. They cannot use it by this alone."
            chosen={parties.administrators}
            choose={(administrators) => setParties({ ...parties, administrators })}
          />
          <Checkbox
            checked={parties.administratorsMayDelete}
            disabled={parties.administrators.length === 0}
            onChange={({ detail }) => setParties({ ...parties, administratorsMayDelete: detail.checked })}
          >
            Key administrators may delete this key
          </Checkbox>
        </SpaceBetween>
        <PrincipalChoice
          label="Key users"
          description="Users and roles that may use this key in cryptographic operations."
          chosen={parties.users}
          choose={(users) => setParties({ ...parties, users })}
        />
        {error === undefined ? null : <Refusal error={error} />}
        {changed ? (
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="primary" loading={working} onClick={submit}>
              Save changes
            </Button>
            <Button onClick={() => setParties(given)}>Cancel</Button>
          </SpaceBetween>
        ) : null}
      </SpaceBetween>
    </IamGate>
  );
}
