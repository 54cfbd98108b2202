import type { Certificates, Cluster } from '@aws-sdk/client-cloudhsm-v2';
import Button from '@cloudscape-design/components/button';
import Table from '@cloudscape-design/components/table';
import { saveFile } from '../layout/save-file.ts';

const NAMES: readonly { member: keyof Certificates; name: string; file: string }[] = [
  { member: 'ClusterCsr', name: 'Certificate signing request', file: 'ClusterCsr.csr' },
  {
    member: 'ClusterCertificate',
    name: 'Cluster certificate, signed by your CA',
    file: 'CustomerHsmCertificate.crt',
  },
  { member: 'HsmCertificate', name: 'HSM certificate', file: 'HsmCertificate.crt' },
  {
    member: 'AwsHardwareCertificate',
    name: 'Hardware certificate of the service',
    file: 'AwsHardwareCertificate.crt',
  },
  {
    member: 'ManufacturerHardwareCertificate',
    name: 'Hardware certificate of the manufacturer',
    file: 'ManufacturerHardwareCertificate.crt',
  },
];

/** The certificates that the cluster has, each to be downloaded. */
export function CertificatesTab({ cluster: { ClusterId = '', Certificates = {} } }: { cluster: Cluster }) {
  return (
    <Table
      items={NAMES.filter(({ member }) => Certificates[member] !== undefined)}
      empty="This cluster has no certificates yet."
      columnDefinitions={[
        { id: 'name', header: 'Certificate', cell: ({ name }) => name, isRowHeader: true },
        {
          id: 'download',
          header: 'Download',
          cell: ({ member, file, name }) => (
            <Button
              variant="inline-link"
              ariaLabel={`${file}: download ${name}`}
              onClick={() => saveFile(`${ClusterId}_${file}`, Certificates[member] ?? '')}
            >
              {file}
            </Button>
          ),
        },
      ]}
    />
  );
}
