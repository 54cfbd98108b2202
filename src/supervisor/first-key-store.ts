/** The custom key store of a first start, made like any client would make it: through the API. */
import type { DescribeCustomKeyStoresResponse } from '../aws/generated/kms.ts';
import { callKms } from './api-client.ts';
import type { Endpoint } from './signed-post.ts';
import type { FirstCluster } from './first-cluster.ts';

const NAME = 'default-hsm';
const CONNECT_MS = 60_000;

/**
 * Creates `default-hsm`, or gives the one that an interrupted first start left the password of the newest ceremony, and
 * connects it.
 * @throws Error when it cannot be connected within a minute
 */
export async function connectFirstKeyStore(
  endpoint: Endpoint,
  cluster: FirstCluster,
  existing: Store | undefined,
): Promise<Store> {
  const until = performance.now() + CONNECT_MS;
  if (existing === undefined) {
    await retry(until, () =>
      callKms(endpoint, 'CreateCustomKeyStore', {
        CustomKeyStoreName: NAME,
        CloudHsmClusterId: cluster.clusterId,
        TrustAnchorCertificate: cluster.trustAnchor,
        KeyStorePassword: cluster.kmsuserPassword,
      }),
    );
  } else await replacePassword(endpoint, existing, cluster.kmsuserPassword, until);
  const id = (await findStore(endpoint, cluster.clusterId))?.CustomKeyStoreId ?? '';
  await callKms(endpoint, 'ConnectCustomKeyStore', { CustomKeyStoreId: id });
  const store = await settled(endpoint, cluster.clusterId, until);
  if (store.ConnectionState === 'CONNECTED') return store;
  throw new Error(`connecting ${NAME}: ${store.ConnectionErrorCode ?? store.ConnectionState}`);
}

async function replacePassword(
  endpoint: Endpoint,
  store: Store,
  password: string,
  until: number,
): Promise<void> {
  const id = store.CustomKeyStoreId ?? '';
  const now = await settled(endpoint, store.CloudHsmClusterId ?? '', until);
  if (now.ConnectionState !== 'DISCONNECTED') {
    await callKms(endpoint, 'DisconnectCustomKeyStore', { CustomKeyStoreId: id });
    await settled(endpoint, store.CloudHsmClusterId ?? '', until);
  }
  await callKms(endpoint, 'UpdateCustomKeyStore', { CustomKeyStoreId: id, KeyStorePassword: password });
}

/** The store once it is neither connecting nor disconnecting. */
async function settled(endpoint: Endpoint, clusterId: string, until: number): Promise<Store> {
  while (performance.now() < until) {
    const store = await findStore(endpoint, clusterId);
    if (store !== undefined && !/ING$/.test(store.ConnectionState ?? '')) return store;
    await pause();
  }
  throw new Error(`${NAME} took too long`);
}

export type Store = NonNullable<DescribeCustomKeyStoresResponse['CustomKeyStores']>[number];

/** The key store of a cluster. */
export async function findStore(endpoint: Endpoint, clusterId: string): Promise<Store | undefined> {
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
