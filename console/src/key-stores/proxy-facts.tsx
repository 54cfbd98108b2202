import type { XksProxyConfigurationType } from '@aws-sdk/client-kms';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { Facts } from '../layout/facts.tsx';
import { CONNECTIVITIES } from './proxy.ts';

/** The proxy of an external key store, as far as the API tells of it: the secret access key it never does. */
export function ProxyFacts({
  configuration: {
    Connectivity,
    UriEndpoint,
    UriPath,
    AccessKeyId,
    VpcEndpointServiceName,
    VpcEndpointServiceOwner,
  },
}: {
  configuration: XksProxyConfigurationType;
}) {
  return (
    <Container
      header={
        <Header
          variant="h2"
          description="KMS asks it for each use of a key in this key store. Connected means that it answered when it was connected, not that it does now."
        >
          External key store proxy
        </Header>
      }
    >
      <Facts
        columns={3}
        items={[
          { label: 'Connectivity', value: Connectivity === undefined ? '–' : CONNECTIVITIES[Connectivity] },
          { label: 'URI endpoint', value: <Breakable text={UriEndpoint} /> },
          { label: 'URI path', value: <Breakable text={UriPath} /> },
          { label: 'Access key ID', value: AccessKeyId ?? '–' },
          ...(Connectivity === 'VPC_ENDPOINT_SERVICE'
            ? [
                {
                  label: 'Name of the VPC endpoint service',
                  value: <Breakable text={VpcEndpointServiceName} />,
                },
              ]
            : []),
          ...(VpcEndpointServiceOwner === undefined
            ? []
            : [{ label: 'Owner of the endpoint service', value: VpcEndpointServiceOwner }]),
        ]}
      />
    </Container>
  );
}

/** An address without a space must not push others out of a narrow window. */
function Breakable({ text }: { text: string | undefined }) {
  return <span className="breakable">{text ?? '–'}</span>;
}
