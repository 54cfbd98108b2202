/**
 * The one seam between KMS and the places where keys live. A key store makes, uses and destroys backing keys; it knows no
 * policies, aliases or callers. Implementations: builtin/ (the crypto process), hsm-cluster/ (the operator's HSMs),
 * external/ (a key manager behind an XKS proxy).
 */

/** One backing key as KMS remembers it; the key itself is inside the store. */
export interface KeyMaterial {
  /** Built-in: 64 hex digits (KeyMaterialId of the API). HSM cluster: 32 hex digits (CKA_ID). */
  readonly id: string;
  /** 16 bytes: how the store's processes name the key. HSM cluster: its CKA_ID. Built-in: its check value. */
  readonly ref: Buffer;
  /** 16 bytes: key check value. */
  readonly check: Buffer;
  /** Built-in store only: the key as the crypto process encrypted it. */
  readonly encryptedKey: Buffer | null;
  /** HSM cluster only: PKCS#11 object handle, decimal. */
  readonly handle: string | null;
  /** DER SubjectPublicKeyInfo; null for symmetric and HMAC keys. */
  readonly publicKey: Buffer | null;
}

/** What every use of a key carries. */
export interface KeyUseContext {
  readonly material: KeyMaterial;
  /** ARN of the KMS key: bound to built-in material, label of HSM keys. */
  readonly keyArn: string;
  /** KMS request id as 16 bytes: recorded beside the use by the HSM. */
  readonly requestId: Buffer;
  /** Ciphertext header and encryption context. */
  readonly aad: Buffer;
  /** Keys in external key stores only. */
  readonly external?: ExternalUse | undefined;
}

/** What an external key store tells its proxy of a use beside the message: which external key, and on whose behalf. */
export interface ExternalUse {
  /** The external key's id in its key manager (XksKeyId). */
  readonly externalKeyId: string;
  readonly principalArn: string;
  /** Operation of the KMS API. */
  readonly operation: string;
}

/** The store cannot do its part now (no HSM, no connection, key missing there): KMSInvalidStateException at the edge. */
export class KeyStoreUnavailable extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'KeyStoreUnavailable';
  }
}

/** HSMs of the cluster, or its recovery HSM, are not enrolled with each other: a new key could not be copied. */
export class ClusterNotEnrolled extends Error {
  constructor() {
    super(
      "The HSMs of the CloudHSM cluster and its recovery HSM are not enrolled with each other; the crypto officer does it with 'claviger hsm enrol'.",
    );
    this.name = 'ClusterNotEnrolled';
  }
}

/** Fewer than two HSMs in different availability zones: enough to use keys, not to make one. */
export class ClusterTooSmall extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ClusterTooSmall';
  }
}

/** Those of AWS's codes that can come about here. AWS: API_CustomKeyStoresListEntry, ConnectionErrorCode. */
export type ConnectionErrorCode =
  | 'CLUSTER_NOT_FOUND'
  | 'INSUFFICIENT_CLOUDHSM_HSMS'
  | 'INTERNAL_ERROR'
  | 'INVALID_CREDENTIALS'
  | 'NETWORK_ERRORS'
  | 'SUBNET_NOT_FOUND'
  | 'USER_LOCKED_OUT'
  | 'USER_LOGGED_IN'
  | 'USER_NOT_FOUND'
  | 'XKS_PROXY_ACCESS_DENIED'
  | 'XKS_PROXY_INVALID_CONFIGURATION'
  | 'XKS_PROXY_INVALID_RESPONSE'
  | 'XKS_PROXY_INVALID_TLS_CONFIGURATION'
  | 'XKS_PROXY_NOT_REACHABLE'
  | 'XKS_PROXY_TIMED_OUT'
  | 'XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND';

/** The key store could not be connected. */
export class ConnectFailed extends Error {
  readonly code: ConnectionErrorCode;

  constructor(code: ConnectionErrorCode) {
    super(`the key store cannot be connected: ${code}`);
    this.name = 'ConnectFailed';
    this.code = code;
  }
}

/** The ciphertext was not made by this key with this context. Never says which part was wrong. */
export class CiphertextRejected extends Error {
  constructor() {
    super('ciphertext rejected');
    this.name = 'CiphertextRejected';
  }
}

/** The key has not wrapped the derivation key that it is to use. */
export class DerivationKeyRejected extends Error {
  constructor() {
    super('derivation key rejected');
    this.name = 'DerivationKeyRejected';
  }
}

/** The other party's public key is none on the key's curve. */
export class PublicKeyRejected extends Error {
  constructor() {
    super('public key rejected');
    this.name = 'PublicKeyRejected';
  }
}

/** Key material was not imported: its wrapping key is not one of ours, or the material is no key of the wanted type. */
export class ImportRefused extends Error {
  readonly reason: 'token' | 'material';

  constructor(reason: 'token' | 'material') {
    super(`import refused: ${reason}`);
    this.name = 'ImportRefused';
    this.reason = reason;
  }
}

export interface DataKey {
  plaintext: Buffer;
  /** The store's part of the ciphertext. */
  sealed: Buffer;
}

/**
 * @throws KeyStoreUnavailable from every method
 */
export interface KeyStore {
  /** Suite number in the ciphertext header (docs/formats.md). */
  readonly suite: number;
  /** Encrypts up to 4096 bytes; the store's part of the ciphertext. */
  encrypt(use: KeyUseContext, plaintext: Buffer): Promise<Buffer>;
  /** @throws CiphertextRejected */
  decrypt(use: KeyUseContext, sealed: Buffer): Promise<Buffer>;
  /** @param bytes 1 to 1024 */
  generateDataKey(use: KeyUseContext, bytes: number): Promise<DataKey>;
  generateDataKeyWithoutPlaintext(use: KeyUseContext, bytes: number): Promise<Buffer>;
  /** @param bytes 1 to 1024 */
  random(requestId: Buffer, bytes: number): Promise<Buffer>;
  /** Undefined where keys derive none. */
  readonly derivation?: KeyDerivation;
}

/** What a message is longer by that was encrypted under a derived key: salt and nonce before it, tag behind it. */
export const DERIVED_SEAL = { saltBytes: 16, nonceBytes: 12, tagBytes: 16 } as const;

/**
 * Encryption under message keys that are derived inside the store, for callers whose ciphertexts have no room for a wrapped one. Who
 * has generated a derivation key keeps it; it is wrapped under the KMS key, 40 bytes.
 * @throws KeyStoreUnavailable from every method
 */
export interface KeyDerivation {
  generateDerivationKey(use: KeyUseContext): Promise<Buffer>;
  /** Up to 4300 bytes. @returns as DERIVED_SEAL has it @throws DerivationKeyRejected */
  encryptDerived(use: KeyUseContext, derivationKey: Buffer, plaintext: Buffer): Promise<Buffer>;
  /** @throws DerivationKeyRejected, CiphertextRejected */
  decryptDerived(use: KeyUseContext, derivationKey: Buffer, sealed: Buffer): Promise<Buffer>;
}
