import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useState } from 'react';
import { describeError } from '../aws/errors.ts';
import { FileField } from '../layout/file-field.tsx';
import { CONNECTIVITIES, proxyProblems, readProxyFile } from './proxy.ts';
import type { ProxyDraft } from './proxy.ts';

/** Where the proxy of an external key store is, and what KMS signs its requests to it with. */
export function ProxyFields({
  draft,
  change,
  locked = false,
  credential,
}: {
  draft: ProxyDraft;
  change: (part: Partial<ProxyDraft>) => void;
  /** The store is connected: it keeps its way to the proxy. */
  locked?: boolean;
  /** Says of the credential what belongs to making a store or to changing it. */
  credential: string;
}) {
  const problems = proxyProblems(draft);
  const inVpc = draft.connectivity === 'VPC_ENDPOINT_SERVICE';
  return (
    <SpaceBetween size="l">
      <FormField label="Connectivity of the proxy">
        <RadioGroup
          value={draft.connectivity}
          onChange={({ detail }) => change({ connectivity: detail.value as ProxyDraft['connectivity'] })}
          items={[
            {
              value: 'PUBLIC_ENDPOINT',
              label: CONNECTIVITIES.PUBLIC_ENDPOINT,
              description:
                'KMS finds the host by its name at a public address, and trusts certificates of public CAs.',
              disabled: locked,
            },
            {
              value: 'VPC_ENDPOINT_SERVICE',
              label: CONNECTIVITIES.VPC_ENDPOINT_SERVICE,
              description:
                'For a proxy in a network of your own: the configuration of the server says at which address it is, and which CA its certificate is of.',
              disabled: locked,
            },
          ]}
        />
      </FormField>
      {inVpc ? (
        <FormField
          label="Name of the VPC endpoint service"
          description="As the configuration of the server has it under externalKeyStores. One key store only can use it."
          errorText={problems.serviceName}
        >
          <Input
            value={draft.serviceName}
            disabled={locked}
            spellcheck={false}
            placeholder="com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0"
            onChange={({ detail }) => change({ serviceName: detail.value })}
          />
        </FormField>
      ) : null}
      <FormField
        label="URI endpoint"
        description={
          inVpc
            ? 'https:// and the private DNS name of the endpoint service.'
            : 'https:// and the host of the proxy. The port is always 443.'
        }
        errorText={problems.endpoint}
      >
        <Input
          value={draft.endpoint}
          disabled={locked}
          spellcheck={false}
          placeholder="https://proxy.example.com"
          onChange={({ detail }) => change({ endpoint: detail.value })}
        />
      </FormField>
      <ProxyFile change={change} />
      <FormField
        label="URI path"
        description="The part after the host. The maker of the proxy says what stands before /kms/xks/v1."
        errorText={problems.path}
      >
        <Input
          value={draft.path}
          spellcheck={false}
          placeholder="/kms/xks/v1"
          onChange={({ detail }) => change({ path: detail.value })}
        />
      </FormField>
      <FormField label="Access key ID of the proxy" description={credential} errorText={problems.accessKeyId}>
        <Input
          value={draft.accessKeyId}
          autoComplete={false}
          spellcheck={false}
          onChange={({ detail }) => change({ accessKeyId: detail.value })}
        />
      </FormField>
      <FormField
        label="Secret access key of the proxy"
        description="KMS keeps it encrypted and never shows it."
        errorText={problems.secret}
      >
        <Input
          type="password"
          autoComplete={false}
          value={draft.secret}
          onChange={({ detail }) => change({ secret: detail.value })}
        />
      </FormField>
    </SpaceBetween>
  );
}

/** Fills in path and credential, and is read in the browser only. */
function ProxyFile({ change }: { change: (part: Partial<ProxyDraft>) => void }) {
  const [file, setFile] = useState<File>();
  const [problem, setProblem] = useState<string>();
  const read = async (chosen: File | undefined): Promise<void> => {
    setFile(chosen);
    setProblem(undefined);
    if (chosen === undefined) return;
    try {
      change(readProxyFile(await chosen.text()));
    } catch (error) {
      setProblem(describeError(error));
    }
  };
  return (
    <FileField
      label="Configuration file of the proxy"
      description="Optional: a JSON file with XksProxyUriPath and XksProxyAuthenticationCredential, which fills in the path and the credential below."
      accept=".json"
      errorText={problem}
      file={file}
      onChange={(chosen) => void read(chosen)}
    />
  );
}
