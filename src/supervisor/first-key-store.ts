/** The custom key store of a first start, made like any client would make it: through the API. */
import type { DescribeCustomKeyStoresResponse } from '../aws/generated/kms.ts';
import { callKms } from './api-client.ts';
import type { Endpoint } from './api-client.ts';
import type { Installation } from './installation.ts';
import type { FirstCluster } from './supervisor.ts';

const NAME = 'default-hsm';
const CONNECT_MS = 60_000;

/**
 * Creates and connects `default-hsm` at the first start; later only finds it.
 * @returns its id, or '' when the operator has removed it
 */
export async function createFirstKeyStore(
  endpoint: Endpoint,
  installation: Installation,
  cluster: FirstCluster | undefined,
): Promise<string> {
  let store = await findStore(endpoint, installation.clusterId);
  if (cluster === undefined) return store?.CustomKeyStoreId ?? '';
  const until = performance.now() + CONNECT_MS;
  if (store === undefined) {
    await retry(until, () =>
      callKms(endpoint, 'CreateCustomKeyStore', {
        CustomKeyStoreName: NAME,
        CloudHsmClusterId: cluster.clusterId,
        TrustAnchorCertificate: cluster.trustAnchor,
        KeyStorePassword: cluster.kmsuserPassword,
      }),
    );
    store = await findStore(endpoint, installation.clusterId);
  }
  const id = store?.CustomKeyStoreId ?? '';
  await callKms(endpoint, 'ConnectCustomKeyStore', { CustomKeyStoreId: id });
  while (performance.now() < until) {
    store = await findStore(endpoint, installation.clusterId);
    if (store?.ConnectionState === 'CONNECTED') return id;
    if (store?.ConnectionState === 'FAILED')
      throw new Error(`connecting ${NAME}: ${store.ConnectionErrorCode}`);
    await pause();
  }
  throw new Error(`connecting ${NAME} took too long`);
}

type Store = NonNullable<DescribeCustomKeyStoresResponse['CustomKeyStores']>[number];

async function findStore(endpoint: Endpoint, clusterId: string): Promise<Store | undefined> {
  const answer = (await callKms(endpoint, 'DescribeCustomKeyStores', {})) as DescribeCustomKeyStoresResponse;
  return answer.CustomKeyStores?.find((store) => store.CloudHsmClusterId === clusterId);
}

/** The server may still be connecting to the HSMs. */
async function retry(until: number, work: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (performance.now() > until || !String(error).includes('InvalidConfiguration')) throw error;
      await pause();
    }
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 50));
}
