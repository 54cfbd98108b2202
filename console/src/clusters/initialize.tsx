import { InitializeClusterCommand } from '@aws-sdk/client-cloudhsm-v2';
import type { Cluster } from '@aws-sdk/client-cloudhsm-v2';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Steps from '@cloudscape-design/components/steps';
import { useState } from 'react';
import { FileField } from '../layout/file-field.tsx';
import { useNotifications } from '../layout/notifications.ts';
import { saveFile } from '../layout/save-file.ts';
import { useSignedIn } from '../session/session-context.ts';

/** How the operator's CA vouches for the cluster: CSR out, certificates in. AWS: "Initialize the cluster". */
export function Initialize({ cluster, onDone }: { cluster: Cluster; onDone: () => void }) {
  const { clients } = useSignedIn();
  const notifications = useNotifications();
  const [signed, setSigned] = useState<File>();
  const [anchor, setAnchor] = useState<File>();
  const [working, setWorking] = useState(false);
  const { ClusterId = '', Certificates } = cluster;
  const csr = Certificates?.ClusterCsr;
  const initialize = async (): Promise<void> => {
    setWorking(true);
    try {
      const client = await clients.cloudhsm();
      await client.send(
        new InitializeClusterCommand({
          ClusterId,
          SignedCert: await signed?.text(),
          TrustAnchor: await anchor?.text(),
        }),
      );
      notifications.succeeded('The cluster is being initialised.');
    } catch (error) {
      notifications.failed('Initialise cluster', error);
    }
    setWorking(false);
    onDone();
  };
  return (
    <Container header={<Header variant="h2">Initialise</Header>}>
      <SpaceBetween size="l">
        <Steps
          steps={[
            { header: 'Add the first HSM', status: (cluster.Hsms ?? []).length > 0 ? 'success' : 'pending' },
            {
              header: 'Download the certificate signing request',
              status: csr === undefined ? 'pending' : 'success',
            },
            {
              header: 'Sign it with your own CA',
              details: <SigningCommand clusterId={ClusterId} />,
              status: 'pending',
            },
            { header: 'Upload both certificates', status: 'pending' },
          ]}
        />
        <Button
          disabled={csr === undefined}
          iconName="download"
          onClick={() => saveFile(`${ClusterId}_ClusterCsr.csr`, csr ?? '')}
        >
          Download CSR
        </Button>
        <FileField
          label="Cluster certificate"
          description="The certificate that your CA made from the CSR."
          file={signed}
          onChange={setSigned}
        />
        <FileField
          label="Trust anchor"
          description="customerCA.crt: your CA's own certificate."
          file={anchor}
          onChange={setAnchor}
        />
        <Button
          variant="primary"
          disabled={signed === undefined || anchor === undefined}
          loading={working}
          onClick={() => void initialize()}
        >
          Initialise
        </Button>
      </SpaceBetween>
    </Container>
  );
}

function SigningCommand({ clusterId }: { clusterId: string }) {
  return (
    <Box variant="code">
      openssl x509 -req -days 3652 -in {clusterId}_ClusterCsr.csr -CA customerCA.crt -CAkey customerCA.key
      -CAcreateserial -out {clusterId}_CustomerHsmCertificate.crt
    </Box>
  );
}
