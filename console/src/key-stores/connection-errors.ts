/** What each ConnectionErrorCode means and what to do. AWS: API_CustomKeyStoresListEntry, "Troubleshooting a custom key store". */
import type { CustomKeyStoresListEntry } from '@aws-sdk/client-kms';
import { isExternal } from './store-types.ts';

interface Explanation {
  readonly meaning: string;
  readonly remedy: string;
}

/** @returns undefined for a store whose connection did not fail, and for a code that nothing is known of */
export function connectionFailure(store: CustomKeyStoresListEntry): Explanation | undefined {
  return (isExternal(store) ? OF_PROXIES : OF_CLUSTERS)[store.ConnectionErrorCode ?? ''];
}

const OF_CLUSTERS: Readonly<Record<string, Explanation>> = {
  CLUSTER_NOT_FOUND: {
    meaning: 'The HSM cluster of this key store does not exist any more.',
    remedy:
      'If it was deleted, create a cluster from a backup of it, disconnect, edit the key store to use that one, connect.',
  },
  INSUFFICIENT_CLOUDHSM_HSMS: {
    meaning: 'The cluster has no active HSM.',
    remedy: 'Add an HSM to the cluster or wait until one is active, then disconnect and connect again.',
  },
  INTERNAL_ERROR: {
    meaning: 'KMS could not complete the connection.',
    remedy: 'Disconnect, and connect again.',
  },
  INVALID_CREDENTIALS: {
    meaning: 'The password that KMS has is not that of kmsuser in the cluster.',
    remedy:
      'Disconnect, set a password for kmsuser with claviger hsm, edit the key store with the same password, connect.',
  },
  NETWORK_ERRORS: {
    meaning: 'KMS cannot reach the HSMs.',
    remedy:
      'Look at the HSM processes and the network between them and KMS, then disconnect and connect again.',
  },
  SUBNET_NOT_FOUND: {
    meaning: 'A subnet of the cluster does not exist any more.',
    remedy:
      'Create the cluster anew from a backup, with subnets that exist, disconnect, edit the key store to use it, connect.',
  },
  USER_LOCKED_OUT: {
    meaning: 'kmsuser is locked after too many wrong passwords.',
    remedy:
      'Have the crypto officer set a new password for kmsuser, disconnect, edit the key store with it, connect.',
  },
  USER_LOGGED_IN: {
    meaning: 'kmsuser is logged in elsewhere, so KMS cannot take over its password.',
    remedy:
      'End that session, have the crypto officer set a new password, disconnect, edit the key store with it, connect.',
  },
  USER_NOT_FOUND: {
    meaning: 'There is no crypto user kmsuser in the cluster.',
    remedy:
      'Create the crypto user kmsuser with claviger hsm, disconnect, edit the key store with its password, connect.',
  },
};

const OF_PROXIES: Readonly<Record<string, Explanation>> = {
  INTERNAL_ERROR: {
    meaning: 'KMS could not complete the connection.',
    remedy: 'Disconnect, and connect again.',
  },
  INVALID_CREDENTIALS: {
    meaning: 'The proxy does not accept the signature of KMS: it knows another credential.',
    remedy:
      "Disconnect, edit the key store with the access key ID and the secret access key that the proxy has, connect. The proxy's clock must be right too: a signature is good for five minutes.",
  },
  NETWORK_ERRORS: {
    meaning: 'The network between KMS and the proxy failed.',
    remedy: 'Look at that network and at its firewalls, then disconnect and connect again.',
  },
  XKS_PROXY_ACCESS_DENIED: {
    meaning: 'The proxy knows KMS and refuses its requests.',
    remedy: 'Look at the rules of the proxy: they must let KMS in. Then disconnect and connect again.',
  },
  XKS_PROXY_INVALID_CONFIGURATION: {
    meaning: 'The proxy does not serve KMS at the URI path of this key store.',
    remedy: 'Disconnect, edit the key store with the path that the proxy serves, connect.',
  },
  XKS_PROXY_INVALID_RESPONSE: {
    meaning:
      'What the proxy answers is not what KMS can read, or says that it cannot speak to its key manager.',
    remedy:
      'Look at the logs of the proxy and at its key manager, then disconnect and connect again. If it stays so, tell the maker of the proxy.',
  },
  XKS_PROXY_INVALID_TLS_CONFIGURATION: {
    meaning: 'KMS cannot make a TLS connection to the proxy.',
    remedy:
      'The proxy must speak TLS 1.2 or 1.3 with a certificate that is valid now, is for the host of the URI endpoint, and is of a CA that KMS trusts. Correct that, disconnect, connect.',
  },
  XKS_PROXY_NOT_REACHABLE: {
    meaning:
      'KMS cannot reach the proxy, or the proxy says that no instance of its key manager is available.',
    remedy:
      'Look whether proxy and key manager run, and whether URI endpoint and path are right. A host with a private address is reached only if the configuration of the server allows it. Then disconnect, edit the key store if need be, connect.',
  },
  XKS_PROXY_TIMED_OUT: {
    meaning: 'KMS reaches the proxy, which does not answer in time.',
    remedy:
      'Look at the load of proxy and key manager and at the way to them, then disconnect and connect again. If it stays so, tell the maker of the proxy.',
  },
  XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION: {
    meaning: 'The VPC endpoint service of this key store is not set up for it.',
    remedy:
      'Its private DNS name must be the host of the URI endpoint. Disconnect, correct the one in the configuration of the server or the other in the key store, connect.',
  },
  XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND: {
    meaning: 'There is no VPC endpoint service of the name that this key store has.',
    remedy:
      'Disconnect, add it to externalKeyStores in the configuration of the server or edit the key store to use one that is there, connect.',
  },
};
