/** What each ConnectionErrorCode means and what to do. AWS: API_CustomKeyStoresListEntry, "Troubleshooting a custom key store". */
export const CONNECTION_ERRORS: Readonly<Record<string, { meaning: string; remedy: string }>> = {
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
