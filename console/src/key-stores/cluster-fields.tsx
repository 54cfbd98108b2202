import Alert from '@cloudscape-design/components/alert';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useCallback } from 'react';
import { useAnswer } from '../aws/use-answer.ts';
import { listClusters } from '../clusters/list-clusters.ts';
import { FileField } from '../layout/file-field.tsx';
import { Loaded } from '../layout/loaded.tsx';
import { counted } from '../layout/numbers.ts';
import { useSignedIn } from '../session/session-context.ts';

export interface ClusterDraft {
  readonly clusterId: string;
  readonly anchor: File | undefined;
  readonly password: string;
}

export const NO_CLUSTER: ClusterDraft = { clusterId: '', anchor: undefined, password: '' };

/** What ties a new key store to one of the HSM clusters: cluster, trust anchor, password of kmsuser. */
export function ClusterFields({
  draft: { clusterId, anchor, password },
  change,
}: {
  draft: ClusterDraft;
  change: (part: Partial<ClusterDraft>) => void;
}) {
  const { clients } = useSignedIn();
  const load = useCallback(async () => listClusters(await clients.cloudhsm()), [clients]);
  const answer = useAnswer(load);
  return (
    <SpaceBetween size="l">
      <FormField
        label="HSM cluster"
        description="An active cluster with at least two HSMs in different zones."
      >
        <Loaded answer={answer}>
          {(clusters) =>
            clusters.length === 0 ? (
              <Alert type="info">There is no HSM cluster in this Region yet.</Alert>
            ) : (
              <Select
                placeholder="Choose a cluster"
                selectedOption={clusterId === '' ? null : { value: clusterId, label: clusterId }}
                onChange={({ detail }) => change({ clusterId: detail.selectedOption.value ?? '' })}
                options={clusters.map(({ ClusterId = '', State, Hsms }) => ({
                  value: ClusterId,
                  label: ClusterId,
                  description: `${State?.toLowerCase() ?? ''}, ${counted(Hsms?.length ?? 0, 'HSM')}`,
                }))}
              />
            )
          }
        </Loaded>
      </FormField>
      <FileField
        label="Trust anchor certificate"
        description="customerCA.crt: the certificate of the CA that signed the cluster's certificate."
        accept=".crt,.pem"
        file={anchor}
        onChange={(file) => change({ anchor: file })}
      />
      <FormField
        label="Password of kmsuser"
        description="As the crypto officer set it. KMS replaces it when it connects."
      >
        <Input
          type="password"
          autoComplete={false}
          value={password}
          onChange={({ detail }) => change({ password: detail.value })}
        />
      </FormField>
    </SpaceBetween>
  );
}
