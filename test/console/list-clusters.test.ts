/** The console's list of HSM clusters, against a real server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CloudHSMV2Client, CreateClusterCommand } from '@aws-sdk/client-cloudhsm-v2';
import { listClusters } from '../../console/src/clusters/list-clusters.ts';
import { defaultSubnets } from '../../src/configuration/cloudhsm.ts';
import { startClockedServer } from '../stories/clocked-server.ts';
import type { ClockedServer } from '../stories/clocked-server.ts';

const REGION = 'us-east-1';
/** More than DescribeClusters gives in two pages. */
const CLUSTERS = 52;

describe("the console's list of HSM clusters", () => {
  let server: ClockedServer;
  let client: CloudHSMV2Client;
  const made: string[] = [];

  before(async () => {
    server = await startClockedServer(undefined, `cloudhsm: { clusters: ${CLUSTERS} }\n`);
    client = new CloudHSMV2Client({ ...server.connection, region: REGION });
    const SubnetIds = [defaultSubnets(REGION)[0]?.id ?? ''];
    for (let number = 0; number < CLUSTERS; number += 1) {
      const command = new CreateClusterCommand({ HsmType: 'hsm2m.medium', SubnetIds });
      made.push((await client.send(command)).Cluster?.ClusterId ?? '');
    }
  });
  after(async () => {
    client?.destroy();
    await server?.remove();
  });

  it('has those of every page', async () => {
    const listed = await listClusters(client);
    assert.deepEqual(listed.map(({ ClusterId }) => ClusterId).sort(), made.sort());
  });

  it('has one alone when it is asked for that', async () => {
    const listed = await listClusters(client, made[40]);
    assert.deepEqual(
      listed.map(({ ClusterId }) => ClusterId),
      [made[40]],
    );
  });
});
