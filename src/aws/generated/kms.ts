// Generated from src/aws/models/kms.json by scripts/generate-api.mjs (npm run generate). Do not edit.
import type { ServiceModel } from '../model.ts';

export type AlgorithmSpec =
  | 'RSAES_PKCS1_V1_5'
  | 'RSAES_OAEP_SHA_1'
  | 'RSAES_OAEP_SHA_256'
  | 'RSA_AES_KEY_WRAP_SHA_1'
  | 'RSA_AES_KEY_WRAP_SHA_256'
  | 'SM2PKE';

export interface AliasListEntry {
  AliasName?: string;
  AliasArn?: string;
  TargetKeyId?: string;
  CreationDate?: Date;
  LastUpdatedDate?: Date;
}

export interface CancelKeyDeletionRequest {
  KeyId: string;
}

export interface CancelKeyDeletionResponse {
  KeyId?: string;
}

export interface ConnectCustomKeyStoreRequest {
  CustomKeyStoreId: string;
}

export type ConnectCustomKeyStoreResponse = Record<string, never>;

export type ConnectionErrorCodeType =
  | 'INVALID_CREDENTIALS'
  | 'CLUSTER_NOT_FOUND'
  | 'NETWORK_ERRORS'
  | 'INTERNAL_ERROR'
  | 'INSUFFICIENT_CLOUDHSM_HSMS'
  | 'USER_LOCKED_OUT'
  | 'USER_NOT_FOUND'
  | 'USER_LOGGED_IN'
  | 'SUBNET_NOT_FOUND'
  | 'INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET'
  | 'XKS_PROXY_ACCESS_DENIED'
  | 'XKS_PROXY_NOT_REACHABLE'
  | 'XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND'
  | 'XKS_PROXY_INVALID_RESPONSE'
  | 'XKS_PROXY_INVALID_CONFIGURATION'
  | 'XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION'
  | 'XKS_PROXY_TIMED_OUT'
  | 'XKS_PROXY_INVALID_TLS_CONFIGURATION';

export type ConnectionStateType =
  | 'CONNECTED'
  | 'CONNECTING'
  | 'FAILED'
  | 'DISCONNECTED'
  | 'DISCONNECTING';

export interface CreateAliasRequest {
  AliasName: string;
  TargetKeyId: string;
}

export interface CreateCustomKeyStoreRequest {
  CustomKeyStoreName: string;
  CloudHsmClusterId?: string;
  TrustAnchorCertificate?: string;
  KeyStorePassword?: string;
  CustomKeyStoreType?: CustomKeyStoreType;
  XksProxyUriEndpoint?: string;
  XksProxyUriPath?: string;
  XksProxyVpcEndpointServiceName?: string;
  XksProxyVpcEndpointServiceOwner?: string;
  XksProxyAuthenticationCredential?: XksProxyAuthenticationCredentialType;
  XksProxyConnectivity?: XksProxyConnectivityType;
}

export interface CreateCustomKeyStoreResponse {
  CustomKeyStoreId?: string;
}

export interface CreateGrantRequest {
  KeyId: string;
  GranteePrincipal?: string;
  RetiringPrincipal?: string;
  Operations: GrantOperation[];
  Constraints?: GrantConstraints;
  GrantTokens?: string[];
  Name?: string;
  DryRun?: boolean;
  GranteeServicePrincipal?: string;
  RetiringServicePrincipal?: string;
}

export interface CreateGrantResponse {
  GrantToken?: string;
  GrantId?: string;
}

export interface CreateKeyRequest {
  Policy?: string;
  Description?: string;
  KeyUsage?: KeyUsageType;
  CustomerMasterKeySpec?: CustomerMasterKeySpec;
  KeySpec?: KeySpec;
  Origin?: OriginType;
  CustomKeyStoreId?: string;
  BypassPolicyLockoutSafetyCheck?: boolean;
  Tags?: Tag[];
  MultiRegion?: boolean;
  XksKeyId?: string;
}

export interface CreateKeyResponse {
  KeyMetadata?: KeyMetadata;
}

export type CustomKeyStoreType =
  | 'AWS_CLOUDHSM'
  | 'EXTERNAL_KEY_STORE';

export interface CustomKeyStoresListEntry {
  CustomKeyStoreId?: string;
  CustomKeyStoreName?: string;
  CloudHsmClusterId?: string;
  TrustAnchorCertificate?: string;
  ConnectionState?: ConnectionStateType;
  ConnectionErrorCode?: ConnectionErrorCodeType;
  CreationDate?: Date;
  CustomKeyStoreType?: CustomKeyStoreType;
  XksProxyConfiguration?: XksProxyConfigurationType;
}

export type CustomerMasterKeySpec =
  | 'RSA_2048'
  | 'RSA_3072'
  | 'RSA_4096'
  | 'ECC_NIST_P256'
  | 'ECC_NIST_P384'
  | 'ECC_NIST_P521'
  | 'ECC_SECG_P256K1'
  | 'SYMMETRIC_DEFAULT'
  | 'HMAC_224'
  | 'HMAC_256'
  | 'HMAC_384'
  | 'HMAC_512'
  | 'SM2';

export type DataKeyPairSpec =
  | 'RSA_2048'
  | 'RSA_3072'
  | 'RSA_4096'
  | 'ECC_NIST_P256'
  | 'ECC_NIST_P384'
  | 'ECC_NIST_P521'
  | 'ECC_SECG_P256K1'
  | 'SM2'
  | 'ECC_NIST_EDWARDS25519'
  | 'ML_KEM_512'
  | 'ML_KEM_768'
  | 'ML_KEM_1024';

export type DataKeySpec =
  | 'AES_256'
  | 'AES_128';

export interface DecapsulateRequest {
  KeyId: string;
  SharedSecretCiphertextBlob: Buffer;
  EncapsulationAlgorithm: EncapsulationAlgorithmSpec;
  GrantTokens?: string[];
  DryRun?: boolean;
}

export interface DecapsulateResponse {
  KeyId?: string;
  SharedSecret?: Buffer;
  EncapsulationAlgorithm?: EncapsulationAlgorithmSpec;
}

export interface DecryptRequest {
  CiphertextBlob?: Buffer;
  EncryptionContext?: Record<string, string>;
  GrantTokens?: string[];
  KeyId?: string;
  EncryptionAlgorithm?: EncryptionAlgorithmSpec;
  Recipient?: RecipientInfo;
  DryRun?: boolean;
  DryRunModifiers?: DryRunModifierType[];
}

export interface DecryptResponse {
  KeyId?: string;
  Plaintext?: Buffer;
  EncryptionAlgorithm?: EncryptionAlgorithmSpec;
  CiphertextForRecipient?: Buffer;
  KeyMaterialId?: string;
}

export interface DeleteAliasRequest {
  AliasName: string;
}

export interface DeleteCustomKeyStoreRequest {
  CustomKeyStoreId: string;
}

export type DeleteCustomKeyStoreResponse = Record<string, never>;

export interface DeleteImportedKeyMaterialRequest {
  KeyId: string;
  KeyMaterialId?: string;
}

export interface DeleteImportedKeyMaterialResponse {
  KeyId?: string;
  KeyMaterialId?: string;
}

export interface DeriveSharedSecretRequest {
  KeyId: string;
  KeyAgreementAlgorithm: KeyAgreementAlgorithmSpec;
  PublicKey: Buffer;
  GrantTokens?: string[];
  DryRun?: boolean;
  Recipient?: RecipientInfo;
}

export interface DeriveSharedSecretResponse {
  KeyId?: string;
  SharedSecret?: Buffer;
  CiphertextForRecipient?: Buffer;
  KeyAgreementAlgorithm?: KeyAgreementAlgorithmSpec;
  KeyOrigin?: OriginType;
}

export interface DescribeCustomKeyStoresRequest {
  CustomKeyStoreId?: string;
  CustomKeyStoreName?: string;
  Limit?: number;
  Marker?: string;
}

export interface DescribeCustomKeyStoresResponse {
  CustomKeyStores?: CustomKeyStoresListEntry[];
  NextMarker?: string;
  Truncated?: boolean;
}

export interface DescribeKeyRequest {
  KeyId: string;
  GrantTokens?: string[];
}

export interface DescribeKeyResponse {
  KeyMetadata?: KeyMetadata;
}

export interface DisableKeyRequest {
  KeyId: string;
}

export interface DisableKeyRotationRequest {
  KeyId: string;
}

export interface DisconnectCustomKeyStoreRequest {
  CustomKeyStoreId: string;
}

export type DisconnectCustomKeyStoreResponse = Record<string, never>;

export type DryRunModifierType =
  | 'IGNORE_CIPHERTEXT';

export interface EnableKeyRequest {
  KeyId: string;
}

export interface EnableKeyRotationRequest {
  KeyId: string;
  RotationPeriodInDays?: number;
}

export interface EncapsulateRequest {
  KeyId: string;
  EncapsulationAlgorithm: EncapsulationAlgorithmSpec;
  GrantTokens?: string[];
  DryRun?: boolean;
}

export interface EncapsulateResponse {
  KeyId?: string;
  SharedSecret?: Buffer;
  SharedSecretCiphertextBlob?: Buffer;
  EncapsulationAlgorithm?: EncapsulationAlgorithmSpec;
}

export type EncapsulationAlgorithmSpec =
  | 'ML_KEM';

export interface EncryptRequest {
  KeyId: string;
  Plaintext: Buffer;
  EncryptionContext?: Record<string, string>;
  GrantTokens?: string[];
  EncryptionAlgorithm?: EncryptionAlgorithmSpec;
  DryRun?: boolean;
}

export interface EncryptResponse {
  CiphertextBlob?: Buffer;
  KeyId?: string;
  EncryptionAlgorithm?: EncryptionAlgorithmSpec;
}

export type EncryptionAlgorithmSpec =
  | 'SYMMETRIC_DEFAULT'
  | 'RSAES_OAEP_SHA_1'
  | 'RSAES_OAEP_SHA_256'
  | 'SM2PKE';

export type ExpirationModelType =
  | 'KEY_MATERIAL_EXPIRES'
  | 'KEY_MATERIAL_DOES_NOT_EXPIRE';

export interface GenerateDataKeyPairRequest {
  EncryptionContext?: Record<string, string>;
  KeyId: string;
  KeyPairSpec: DataKeyPairSpec;
  GrantTokens?: string[];
  Recipient?: RecipientInfo;
  DryRun?: boolean;
}

export interface GenerateDataKeyPairResponse {
  PrivateKeyCiphertextBlob?: Buffer;
  PrivateKeyPlaintext?: Buffer;
  PublicKey?: Buffer;
  KeyId?: string;
  KeyPairSpec?: DataKeyPairSpec;
  CiphertextForRecipient?: Buffer;
  KeyMaterialId?: string;
}

export interface GenerateDataKeyPairWithoutPlaintextRequest {
  EncryptionContext?: Record<string, string>;
  KeyId: string;
  KeyPairSpec: DataKeyPairSpec;
  GrantTokens?: string[];
  DryRun?: boolean;
}

export interface GenerateDataKeyPairWithoutPlaintextResponse {
  PrivateKeyCiphertextBlob?: Buffer;
  PublicKey?: Buffer;
  KeyId?: string;
  KeyPairSpec?: DataKeyPairSpec;
  KeyMaterialId?: string;
}

export interface GenerateDataKeyRequest {
  KeyId: string;
  EncryptionContext?: Record<string, string>;
  NumberOfBytes?: number;
  KeySpec?: DataKeySpec;
  GrantTokens?: string[];
  Recipient?: RecipientInfo;
  DryRun?: boolean;
}

export interface GenerateDataKeyResponse {
  CiphertextBlob?: Buffer;
  Plaintext?: Buffer;
  KeyId?: string;
  CiphertextForRecipient?: Buffer;
  KeyMaterialId?: string;
}

export interface GenerateDataKeyWithoutPlaintextRequest {
  KeyId: string;
  EncryptionContext?: Record<string, string>;
  KeySpec?: DataKeySpec;
  NumberOfBytes?: number;
  GrantTokens?: string[];
  DryRun?: boolean;
}

export interface GenerateDataKeyWithoutPlaintextResponse {
  CiphertextBlob?: Buffer;
  KeyId?: string;
  KeyMaterialId?: string;
}

export interface GenerateMacRequest {
  Message: Buffer;
  KeyId: string;
  MacAlgorithm: MacAlgorithmSpec;
  GrantTokens?: string[];
  DryRun?: boolean;
}

export interface GenerateMacResponse {
  Mac?: Buffer;
  MacAlgorithm?: MacAlgorithmSpec;
  KeyId?: string;
}

export interface GenerateRandomRequest {
  NumberOfBytes?: number;
  CustomKeyStoreId?: string;
  Recipient?: RecipientInfo;
}

export interface GenerateRandomResponse {
  Plaintext?: Buffer;
  CiphertextForRecipient?: Buffer;
}

export interface GetKeyLastUsageRequest {
  KeyId: string;
}

export interface GetKeyLastUsageResponse {
  KeyId?: string;
  KeyLastUsage?: KeyLastUsageData;
  TrackingStartDate?: Date;
  KeyCreationDate?: Date;
}

export interface GetKeyPolicyRequest {
  KeyId: string;
  PolicyName?: string;
}

export interface GetKeyPolicyResponse {
  Policy?: string;
  PolicyName?: string;
}

export interface GetKeyRotationStatusRequest {
  KeyId: string;
}

export interface GetKeyRotationStatusResponse {
  KeyRotationEnabled?: boolean;
  KeyId?: string;
  RotationPeriodInDays?: number;
  NextRotationDate?: Date;
  OnDemandRotationStartDate?: Date;
}

export interface GetParametersForImportRequest {
  KeyId: string;
  WrappingAlgorithm: AlgorithmSpec;
  WrappingKeySpec: WrappingKeySpec;
}

export interface GetParametersForImportResponse {
  KeyId?: string;
  ImportToken?: Buffer;
  PublicKey?: Buffer;
  ParametersValidTo?: Date;
}

export interface GetPublicKeyRequest {
  KeyId: string;
  GrantTokens?: string[];
}

export interface GetPublicKeyResponse {
  KeyId?: string;
  PublicKey?: Buffer;
  CustomerMasterKeySpec?: CustomerMasterKeySpec;
  KeySpec?: KeySpec;
  KeyUsage?: KeyUsageType;
  EncryptionAlgorithms?: EncryptionAlgorithmSpec[];
  SigningAlgorithms?: SigningAlgorithmSpec[];
  KeyAgreementAlgorithms?: KeyAgreementAlgorithmSpec[];
  EncapsulationAlgorithms?: EncapsulationAlgorithmSpec[];
}

export interface GrantConstraints {
  EncryptionContextSubset?: Record<string, string>;
  EncryptionContextEquals?: Record<string, string>;
  SourceArn?: string;
}

export interface GrantListEntry {
  KeyId?: string;
  GrantId?: string;
  Name?: string;
  CreationDate?: Date;
  GranteePrincipal?: string;
  RetiringPrincipal?: string;
  IssuingAccount?: string;
  Operations?: GrantOperation[];
  Constraints?: GrantConstraints;
  GranteeServicePrincipal?: string;
  RetiringServicePrincipal?: string;
}

export type GrantOperation =
  | 'Decrypt'
  | 'Encrypt'
  | 'GenerateDataKey'
  | 'GenerateDataKeyWithoutPlaintext'
  | 'ReEncryptFrom'
  | 'ReEncryptTo'
  | 'Sign'
  | 'Verify'
  | 'GetPublicKey'
  | 'CreateGrant'
  | 'RetireGrant'
  | 'DescribeKey'
  | 'GenerateDataKeyPair'
  | 'GenerateDataKeyPairWithoutPlaintext'
  | 'GenerateMac'
  | 'VerifyMac'
  | 'DeriveSharedSecret'
  | 'Encapsulate'
  | 'Decapsulate';

export interface ImportKeyMaterialRequest {
  KeyId: string;
  ImportToken: Buffer;
  EncryptedKeyMaterial: Buffer;
  ValidTo?: Date;
  ExpirationModel?: ExpirationModelType;
  ImportType?: ImportType;
  KeyMaterialDescription?: string;
  KeyMaterialId?: string;
}

export interface ImportKeyMaterialResponse {
  KeyId?: string;
  KeyMaterialId?: string;
}

export type ImportState =
  | 'IMPORTED'
  | 'PENDING_IMPORT';

export type ImportType =
  | 'NEW_KEY_MATERIAL'
  | 'EXISTING_KEY_MATERIAL';

export type IncludeKeyMaterial =
  | 'ALL_KEY_MATERIAL'
  | 'ROTATIONS_ONLY';

export type KeyAgreementAlgorithmSpec =
  | 'ECDH';

export type KeyEncryptionMechanism =
  | 'RSAES_OAEP_SHA_256';

export interface KeyLastUsageData {
  Operation?: KeyLastUsageTrackingOperation;
  Timestamp?: Date;
  CloudTrailEventId?: string;
  KmsRequestId?: string;
}

export type KeyLastUsageTrackingOperation =
  | 'Decrypt'
  | 'DeriveSharedSecret'
  | 'Encrypt'
  | 'GenerateDataKey'
  | 'GenerateDataKeyPair'
  | 'GenerateDataKeyPairWithoutPlaintext'
  | 'GenerateDataKeyWithoutPlaintext'
  | 'GenerateMac'
  | 'ReEncrypt'
  | 'Sign'
  | 'Verify'
  | 'VerifyMac';

export interface KeyListEntry {
  KeyId?: string;
  KeyArn?: string;
}

export type KeyManagerType =
  | 'AWS'
  | 'CUSTOMER';

export type KeyMaterialState =
  | 'NON_CURRENT'
  | 'CURRENT'
  | 'PENDING_ROTATION'
  | 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';

export interface KeyMetadata {
  AWSAccountId?: string;
  KeyId: string;
  Arn?: string;
  CreationDate?: Date;
  Enabled?: boolean;
  Description?: string;
  KeyUsage?: KeyUsageType;
  KeyState?: KeyState;
  DeletionDate?: Date;
  ValidTo?: Date;
  Origin?: OriginType;
  CustomKeyStoreId?: string;
  CloudHsmClusterId?: string;
  ExpirationModel?: ExpirationModelType;
  KeyManager?: KeyManagerType;
  CustomerMasterKeySpec?: CustomerMasterKeySpec;
  KeySpec?: KeySpec;
  EncryptionAlgorithms?: EncryptionAlgorithmSpec[];
  SigningAlgorithms?: SigningAlgorithmSpec[];
  KeyAgreementAlgorithms?: KeyAgreementAlgorithmSpec[];
  MultiRegion?: boolean;
  MultiRegionConfiguration?: MultiRegionConfiguration;
  PendingDeletionWindowInDays?: number;
  MacAlgorithms?: MacAlgorithmSpec[];
  XksKeyConfiguration?: XksKeyConfigurationType;
  CurrentKeyMaterialId?: string;
  EncapsulationAlgorithms?: EncapsulationAlgorithmSpec[];
}

export type KeySpec =
  | 'RSA_2048'
  | 'RSA_3072'
  | 'RSA_4096'
  | 'ECC_NIST_P256'
  | 'ECC_NIST_P384'
  | 'ECC_NIST_P521'
  | 'ECC_SECG_P256K1'
  | 'SYMMETRIC_DEFAULT'
  | 'HMAC_224'
  | 'HMAC_256'
  | 'HMAC_384'
  | 'HMAC_512'
  | 'SM2'
  | 'ML_DSA_44'
  | 'ML_DSA_65'
  | 'ML_DSA_87'
  | 'ECC_NIST_EDWARDS25519'
  | 'ML_KEM_512'
  | 'ML_KEM_768'
  | 'ML_KEM_1024';

export type KeyState =
  | 'Creating'
  | 'Enabled'
  | 'Disabled'
  | 'PendingDeletion'
  | 'PendingImport'
  | 'PendingReplicaDeletion'
  | 'Unavailable'
  | 'Updating';

export type KeyUsageType =
  | 'SIGN_VERIFY'
  | 'ENCRYPT_DECRYPT'
  | 'GENERATE_VERIFY_MAC'
  | 'KEY_AGREEMENT'
  | 'ENCAPSULATE_DECAPSULATE';

export interface ListAliasesRequest {
  KeyId?: string;
  Limit?: number;
  Marker?: string;
}

export interface ListAliasesResponse {
  Aliases?: AliasListEntry[];
  NextMarker?: string;
  Truncated?: boolean;
}

export interface ListGrantsRequest {
  Limit?: number;
  Marker?: string;
  KeyId: string;
  GrantId?: string;
  GranteePrincipal?: string;
  GranteeServicePrincipal?: string;
}

export interface ListGrantsResponse {
  Grants?: GrantListEntry[];
  NextMarker?: string;
  Truncated?: boolean;
}

export interface ListKeyPoliciesRequest {
  KeyId: string;
  Limit?: number;
  Marker?: string;
}

export interface ListKeyPoliciesResponse {
  PolicyNames?: string[];
  NextMarker?: string;
  Truncated?: boolean;
}

export interface ListKeyRotationsRequest {
  KeyId: string;
  IncludeKeyMaterial?: IncludeKeyMaterial;
  Limit?: number;
  Marker?: string;
}

export interface ListKeyRotationsResponse {
  Rotations?: RotationsListEntry[];
  NextMarker?: string;
  Truncated?: boolean;
}

export interface ListKeysRequest {
  Limit?: number;
  Marker?: string;
}

export interface ListKeysResponse {
  Keys?: KeyListEntry[];
  NextMarker?: string;
  Truncated?: boolean;
}

export interface ListResourceTagsRequest {
  KeyId: string;
  Limit?: number;
  Marker?: string;
}

export interface ListResourceTagsResponse {
  Tags?: Tag[];
  NextMarker?: string;
  Truncated?: boolean;
}

export interface ListRetirableGrantsRequest {
  Limit?: number;
  Marker?: string;
  RetiringPrincipal?: string;
  RetiringServicePrincipal?: string;
}

export type MacAlgorithmSpec =
  | 'HMAC_SHA_224'
  | 'HMAC_SHA_256'
  | 'HMAC_SHA_384'
  | 'HMAC_SHA_512';

export type MessageType =
  | 'RAW'
  | 'DIGEST'
  | 'EXTERNAL_MU';

export interface MultiRegionConfiguration {
  MultiRegionKeyType?: MultiRegionKeyType;
  PrimaryKey?: MultiRegionKey;
  ReplicaKeys?: MultiRegionKey[];
}

export interface MultiRegionKey {
  Arn?: string;
  Region?: string;
}

export type MultiRegionKeyType =
  | 'PRIMARY'
  | 'REPLICA';

export type OriginType =
  | 'AWS_KMS'
  | 'EXTERNAL'
  | 'AWS_CLOUDHSM'
  | 'EXTERNAL_KEY_STORE';

export interface PutKeyPolicyRequest {
  KeyId: string;
  PolicyName?: string;
  Policy: string;
  BypassPolicyLockoutSafetyCheck?: boolean;
}

export interface ReEncryptRequest {
  CiphertextBlob?: Buffer;
  SourceEncryptionContext?: Record<string, string>;
  SourceKeyId?: string;
  DestinationKeyId: string;
  DestinationEncryptionContext?: Record<string, string>;
  SourceEncryptionAlgorithm?: EncryptionAlgorithmSpec;
  DestinationEncryptionAlgorithm?: EncryptionAlgorithmSpec;
  GrantTokens?: string[];
  DryRun?: boolean;
  DryRunModifiers?: DryRunModifierType[];
}

export interface ReEncryptResponse {
  CiphertextBlob?: Buffer;
  SourceKeyId?: string;
  KeyId?: string;
  SourceEncryptionAlgorithm?: EncryptionAlgorithmSpec;
  DestinationEncryptionAlgorithm?: EncryptionAlgorithmSpec;
  SourceKeyMaterialId?: string;
  DestinationKeyMaterialId?: string;
}

export interface RecipientInfo {
  KeyEncryptionAlgorithm?: KeyEncryptionMechanism;
  AttestationDocument?: Buffer;
}

export interface ReplicateKeyRequest {
  KeyId: string;
  ReplicaRegion: string;
  Policy?: string;
  BypassPolicyLockoutSafetyCheck?: boolean;
  Description?: string;
  Tags?: Tag[];
}

export interface ReplicateKeyResponse {
  ReplicaKeyMetadata?: KeyMetadata;
  ReplicaPolicy?: string;
  ReplicaTags?: Tag[];
}

export interface RetireGrantRequest {
  GrantToken?: string;
  KeyId?: string;
  GrantId?: string;
  DryRun?: boolean;
}

export interface RevokeGrantRequest {
  KeyId: string;
  GrantId: string;
  DryRun?: boolean;
}

export interface RotateKeyOnDemandRequest {
  KeyId: string;
}

export interface RotateKeyOnDemandResponse {
  KeyId?: string;
}

export type RotationType =
  | 'AUTOMATIC'
  | 'ON_DEMAND';

export interface RotationsListEntry {
  KeyId?: string;
  KeyMaterialId?: string;
  KeyMaterialDescription?: string;
  ImportState?: ImportState;
  KeyMaterialState?: KeyMaterialState;
  ExpirationModel?: ExpirationModelType;
  ValidTo?: Date;
  RotationDate?: Date;
  RotationType?: RotationType;
}

export interface ScheduleKeyDeletionRequest {
  KeyId: string;
  PendingWindowInDays?: number;
}

export interface ScheduleKeyDeletionResponse {
  KeyId?: string;
  DeletionDate?: Date;
  KeyState?: KeyState;
  PendingWindowInDays?: number;
}

export interface SignRequest {
  KeyId: string;
  Message: Buffer;
  MessageType?: MessageType;
  GrantTokens?: string[];
  SigningAlgorithm: SigningAlgorithmSpec;
  DryRun?: boolean;
}

export interface SignResponse {
  KeyId?: string;
  Signature?: Buffer;
  SigningAlgorithm?: SigningAlgorithmSpec;
}

export type SigningAlgorithmSpec =
  | 'RSASSA_PSS_SHA_256'
  | 'RSASSA_PSS_SHA_384'
  | 'RSASSA_PSS_SHA_512'
  | 'RSASSA_PKCS1_V1_5_SHA_256'
  | 'RSASSA_PKCS1_V1_5_SHA_384'
  | 'RSASSA_PKCS1_V1_5_SHA_512'
  | 'ECDSA_SHA_256'
  | 'ECDSA_SHA_384'
  | 'ECDSA_SHA_512'
  | 'SM2DSA'
  | 'ML_DSA_SHAKE_256'
  | 'ED25519_SHA_512'
  | 'ED25519_PH_SHA_512';

export interface Tag {
  TagKey: string;
  TagValue: string;
}

export interface TagResourceRequest {
  KeyId: string;
  Tags: Tag[];
}

export interface UntagResourceRequest {
  KeyId: string;
  TagKeys: string[];
}

export interface UpdateAliasRequest {
  AliasName: string;
  TargetKeyId: string;
}

export interface UpdateCustomKeyStoreRequest {
  CustomKeyStoreId: string;
  NewCustomKeyStoreName?: string;
  KeyStorePassword?: string;
  CloudHsmClusterId?: string;
  XksProxyUriEndpoint?: string;
  XksProxyUriPath?: string;
  XksProxyVpcEndpointServiceName?: string;
  XksProxyVpcEndpointServiceOwner?: string;
  XksProxyAuthenticationCredential?: XksProxyAuthenticationCredentialType;
  XksProxyConnectivity?: XksProxyConnectivityType;
}

export type UpdateCustomKeyStoreResponse = Record<string, never>;

export interface UpdateKeyDescriptionRequest {
  KeyId: string;
  Description: string;
}

export interface UpdatePrimaryRegionRequest {
  KeyId: string;
  PrimaryRegion: string;
}

export interface VerifyMacRequest {
  Message: Buffer;
  KeyId: string;
  MacAlgorithm: MacAlgorithmSpec;
  Mac: Buffer;
  GrantTokens?: string[];
  DryRun?: boolean;
}

export interface VerifyMacResponse {
  KeyId?: string;
  MacValid?: boolean;
  MacAlgorithm?: MacAlgorithmSpec;
}

export interface VerifyRequest {
  KeyId: string;
  Message: Buffer;
  MessageType?: MessageType;
  Signature: Buffer;
  SigningAlgorithm: SigningAlgorithmSpec;
  GrantTokens?: string[];
  DryRun?: boolean;
}

export interface VerifyResponse {
  KeyId?: string;
  SignatureValid?: boolean;
  SigningAlgorithm?: SigningAlgorithmSpec;
}

export type WrappingKeySpec =
  | 'RSA_2048'
  | 'RSA_3072'
  | 'RSA_4096'
  | 'SM2';

export interface XksKeyConfigurationType {
  Id?: string;
}

export interface XksProxyAuthenticationCredentialType {
  AccessKeyId: string;
  RawSecretAccessKey: string;
}

export interface XksProxyConfigurationType {
  Connectivity?: XksProxyConnectivityType;
  AccessKeyId?: string;
  UriEndpoint?: string;
  UriPath?: string;
  VpcEndpointServiceName?: string;
  VpcEndpointServiceOwner?: string;
}

export type XksProxyConnectivityType =
  | 'PUBLIC_ENDPOINT'
  | 'VPC_ENDPOINT_SERVICE';

/** Operations with their input and output; undefined where the model has none. */
export interface KmsOperations {
  CancelKeyDeletion: { input: CancelKeyDeletionRequest; output: CancelKeyDeletionResponse };
  ConnectCustomKeyStore: { input: ConnectCustomKeyStoreRequest; output: ConnectCustomKeyStoreResponse };
  CreateAlias: { input: CreateAliasRequest; output: undefined };
  CreateCustomKeyStore: { input: CreateCustomKeyStoreRequest; output: CreateCustomKeyStoreResponse };
  CreateGrant: { input: CreateGrantRequest; output: CreateGrantResponse };
  CreateKey: { input: CreateKeyRequest; output: CreateKeyResponse };
  Decapsulate: { input: DecapsulateRequest; output: DecapsulateResponse };
  Decrypt: { input: DecryptRequest; output: DecryptResponse };
  DeleteAlias: { input: DeleteAliasRequest; output: undefined };
  DeleteCustomKeyStore: { input: DeleteCustomKeyStoreRequest; output: DeleteCustomKeyStoreResponse };
  DeleteImportedKeyMaterial: { input: DeleteImportedKeyMaterialRequest; output: DeleteImportedKeyMaterialResponse };
  DeriveSharedSecret: { input: DeriveSharedSecretRequest; output: DeriveSharedSecretResponse };
  DescribeCustomKeyStores: { input: DescribeCustomKeyStoresRequest; output: DescribeCustomKeyStoresResponse };
  DescribeKey: { input: DescribeKeyRequest; output: DescribeKeyResponse };
  DisableKey: { input: DisableKeyRequest; output: undefined };
  DisableKeyRotation: { input: DisableKeyRotationRequest; output: undefined };
  DisconnectCustomKeyStore: { input: DisconnectCustomKeyStoreRequest; output: DisconnectCustomKeyStoreResponse };
  EnableKey: { input: EnableKeyRequest; output: undefined };
  EnableKeyRotation: { input: EnableKeyRotationRequest; output: undefined };
  Encapsulate: { input: EncapsulateRequest; output: EncapsulateResponse };
  Encrypt: { input: EncryptRequest; output: EncryptResponse };
  GenerateDataKey: { input: GenerateDataKeyRequest; output: GenerateDataKeyResponse };
  GenerateDataKeyPair: { input: GenerateDataKeyPairRequest; output: GenerateDataKeyPairResponse };
  GenerateDataKeyPairWithoutPlaintext: { input: GenerateDataKeyPairWithoutPlaintextRequest; output: GenerateDataKeyPairWithoutPlaintextResponse };
  GenerateDataKeyWithoutPlaintext: { input: GenerateDataKeyWithoutPlaintextRequest; output: GenerateDataKeyWithoutPlaintextResponse };
  GenerateMac: { input: GenerateMacRequest; output: GenerateMacResponse };
  GenerateRandom: { input: GenerateRandomRequest; output: GenerateRandomResponse };
  GetKeyLastUsage: { input: GetKeyLastUsageRequest; output: GetKeyLastUsageResponse };
  GetKeyPolicy: { input: GetKeyPolicyRequest; output: GetKeyPolicyResponse };
  GetKeyRotationStatus: { input: GetKeyRotationStatusRequest; output: GetKeyRotationStatusResponse };
  GetParametersForImport: { input: GetParametersForImportRequest; output: GetParametersForImportResponse };
  GetPublicKey: { input: GetPublicKeyRequest; output: GetPublicKeyResponse };
  ImportKeyMaterial: { input: ImportKeyMaterialRequest; output: ImportKeyMaterialResponse };
  ListAliases: { input: ListAliasesRequest; output: ListAliasesResponse };
  ListGrants: { input: ListGrantsRequest; output: ListGrantsResponse };
  ListKeyPolicies: { input: ListKeyPoliciesRequest; output: ListKeyPoliciesResponse };
  ListKeyRotations: { input: ListKeyRotationsRequest; output: ListKeyRotationsResponse };
  ListKeys: { input: ListKeysRequest; output: ListKeysResponse };
  ListResourceTags: { input: ListResourceTagsRequest; output: ListResourceTagsResponse };
  ListRetirableGrants: { input: ListRetirableGrantsRequest; output: ListGrantsResponse };
  PutKeyPolicy: { input: PutKeyPolicyRequest; output: undefined };
  ReEncrypt: { input: ReEncryptRequest; output: ReEncryptResponse };
  ReplicateKey: { input: ReplicateKeyRequest; output: ReplicateKeyResponse };
  RetireGrant: { input: RetireGrantRequest; output: undefined };
  RevokeGrant: { input: RevokeGrantRequest; output: undefined };
  RotateKeyOnDemand: { input: RotateKeyOnDemandRequest; output: RotateKeyOnDemandResponse };
  ScheduleKeyDeletion: { input: ScheduleKeyDeletionRequest; output: ScheduleKeyDeletionResponse };
  Sign: { input: SignRequest; output: SignResponse };
  TagResource: { input: TagResourceRequest; output: undefined };
  UntagResource: { input: UntagResourceRequest; output: undefined };
  UpdateAlias: { input: UpdateAliasRequest; output: undefined };
  UpdateCustomKeyStore: { input: UpdateCustomKeyStoreRequest; output: UpdateCustomKeyStoreResponse };
  UpdateKeyDescription: { input: UpdateKeyDescriptionRequest; output: undefined };
  UpdatePrimaryRegion: { input: UpdatePrimaryRegionRequest; output: undefined };
  Verify: { input: VerifyRequest; output: VerifyResponse };
  VerifyMac: { input: VerifyMacRequest; output: VerifyMacResponse };
}

export type KmsErrorCode =
  | 'AlreadyExistsException'
  | 'CloudHsmClusterInUseException'
  | 'CloudHsmClusterInvalidConfigurationException'
  | 'CloudHsmClusterNotActiveException'
  | 'CloudHsmClusterNotFoundException'
  | 'CloudHsmClusterNotRelatedException'
  | 'ConflictException'
  | 'CustomKeyStoreHasCMKsException'
  | 'CustomKeyStoreInvalidStateException'
  | 'CustomKeyStoreNameInUseException'
  | 'CustomKeyStoreNotFoundException'
  | 'DependencyTimeoutException'
  | 'DisabledException'
  | 'DryRunOperationException'
  | 'ExpiredImportTokenException'
  | 'IncorrectKeyException'
  | 'IncorrectKeyMaterialException'
  | 'IncorrectTrustAnchorException'
  | 'InvalidAliasNameException'
  | 'InvalidArnException'
  | 'InvalidCiphertextException'
  | 'InvalidGrantIdException'
  | 'InvalidGrantTokenException'
  | 'InvalidImportTokenException'
  | 'InvalidKeyUsageException'
  | 'InvalidMarkerException'
  | 'KMSInternalException'
  | 'KMSInvalidMacException'
  | 'KMSInvalidSignatureException'
  | 'KMSInvalidStateException'
  | 'KeyUnavailableException'
  | 'LimitExceededException'
  | 'MalformedPolicyDocumentException'
  | 'NotFoundException'
  | 'TagException'
  | 'UnsupportedOperationException'
  | 'XksKeyAlreadyInUseException'
  | 'XksKeyInvalidConfigurationException'
  | 'XksKeyNotFoundException'
  | 'XksProxyIncorrectAuthenticationCredentialException'
  | 'XksProxyInvalidConfigurationException'
  | 'XksProxyInvalidResponseException'
  | 'XksProxyUriEndpointInUseException'
  | 'XksProxyUriInUseException'
  | 'XksProxyUriUnreachableException'
  | 'XksProxyVpcEndpointServiceInUseException'
  | 'XksProxyVpcEndpointServiceInvalidConfigurationException'
  | 'XksProxyVpcEndpointServiceNotFoundException';

export const kms: ServiceModel = {
  metadata: { apiVersion: '2014-11-01', endpointPrefix: 'kms', protocol: 'json', jsonVersion: '1.1', serviceId: 'KMS', signatureVersion: 'v4', targetPrefix: 'TrentService' },
  operations: {
    CancelKeyDeletion: { input: 'CancelKeyDeletionRequest', output: 'CancelKeyDeletionResponse', errors: ['NotFoundException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException', 'KMSInvalidStateException'] },
    ConnectCustomKeyStore: { input: 'ConnectCustomKeyStoreRequest', output: 'ConnectCustomKeyStoreResponse', errors: ['CloudHsmClusterNotActiveException', 'CustomKeyStoreInvalidStateException', 'CustomKeyStoreNotFoundException', 'KMSInternalException', 'CloudHsmClusterInvalidConfigurationException'] },
    CreateAlias: { input: 'CreateAliasRequest', errors: ['DependencyTimeoutException', 'AlreadyExistsException', 'NotFoundException', 'InvalidAliasNameException', 'KMSInternalException', 'LimitExceededException', 'KMSInvalidStateException'] },
    CreateCustomKeyStore: { input: 'CreateCustomKeyStoreRequest', output: 'CreateCustomKeyStoreResponse', errors: ['CloudHsmClusterInUseException', 'CustomKeyStoreNameInUseException', 'CloudHsmClusterNotFoundException', 'KMSInternalException', 'CloudHsmClusterNotActiveException', 'IncorrectTrustAnchorException', 'CloudHsmClusterInvalidConfigurationException', 'LimitExceededException', 'XksProxyUriInUseException', 'XksProxyUriEndpointInUseException', 'XksProxyUriUnreachableException', 'XksProxyIncorrectAuthenticationCredentialException', 'XksProxyVpcEndpointServiceInUseException', 'XksProxyVpcEndpointServiceNotFoundException', 'XksProxyVpcEndpointServiceInvalidConfigurationException', 'XksProxyInvalidResponseException', 'XksProxyInvalidConfigurationException'] },
    CreateGrant: { input: 'CreateGrantRequest', output: 'CreateGrantResponse', errors: ['NotFoundException', 'DisabledException', 'DependencyTimeoutException', 'InvalidArnException', 'KMSInternalException', 'InvalidGrantTokenException', 'LimitExceededException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    CreateKey: { input: 'CreateKeyRequest', output: 'CreateKeyResponse', errors: ['MalformedPolicyDocumentException', 'DependencyTimeoutException', 'InvalidArnException', 'UnsupportedOperationException', 'KMSInternalException', 'LimitExceededException', 'TagException', 'CustomKeyStoreNotFoundException', 'CustomKeyStoreInvalidStateException', 'CloudHsmClusterInvalidConfigurationException', 'XksKeyInvalidConfigurationException', 'XksKeyAlreadyInUseException', 'XksKeyNotFoundException'] },
    Decapsulate: { input: 'DecapsulateRequest', output: 'DecapsulateResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'DependencyTimeoutException', 'InvalidGrantTokenException', 'InvalidKeyUsageException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException', 'InvalidCiphertextException'] },
    Decrypt: { input: 'DecryptRequest', output: 'DecryptResponse', errors: ['NotFoundException', 'DisabledException', 'InvalidCiphertextException', 'KeyUnavailableException', 'IncorrectKeyException', 'InvalidKeyUsageException', 'DependencyTimeoutException', 'InvalidGrantTokenException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    DeleteAlias: { input: 'DeleteAliasRequest', errors: ['DependencyTimeoutException', 'NotFoundException', 'KMSInternalException', 'KMSInvalidStateException'] },
    DeleteCustomKeyStore: { input: 'DeleteCustomKeyStoreRequest', output: 'DeleteCustomKeyStoreResponse', errors: ['CustomKeyStoreHasCMKsException', 'CustomKeyStoreInvalidStateException', 'CustomKeyStoreNotFoundException', 'KMSInternalException'] },
    DeleteImportedKeyMaterial: { input: 'DeleteImportedKeyMaterialRequest', output: 'DeleteImportedKeyMaterialResponse', errors: ['InvalidArnException', 'UnsupportedOperationException', 'DependencyTimeoutException', 'NotFoundException', 'KMSInternalException', 'KMSInvalidStateException'] },
    DeriveSharedSecret: { input: 'DeriveSharedSecretRequest', output: 'DeriveSharedSecretResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'DependencyTimeoutException', 'InvalidGrantTokenException', 'InvalidKeyUsageException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    DescribeCustomKeyStores: { input: 'DescribeCustomKeyStoresRequest', output: 'DescribeCustomKeyStoresResponse', errors: ['CustomKeyStoreNotFoundException', 'InvalidMarkerException', 'KMSInternalException'] },
    DescribeKey: { input: 'DescribeKeyRequest', output: 'DescribeKeyResponse', errors: ['NotFoundException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException'] },
    DisableKey: { input: 'DisableKeyRequest', errors: ['NotFoundException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException', 'KMSInvalidStateException'] },
    DisableKeyRotation: { input: 'DisableKeyRotationRequest', errors: ['NotFoundException', 'DisabledException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException', 'KMSInvalidStateException', 'UnsupportedOperationException'] },
    DisconnectCustomKeyStore: { input: 'DisconnectCustomKeyStoreRequest', output: 'DisconnectCustomKeyStoreResponse', errors: ['CustomKeyStoreInvalidStateException', 'CustomKeyStoreNotFoundException', 'KMSInternalException'] },
    EnableKey: { input: 'EnableKeyRequest', errors: ['NotFoundException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException', 'LimitExceededException', 'KMSInvalidStateException'] },
    EnableKeyRotation: { input: 'EnableKeyRotationRequest', errors: ['NotFoundException', 'DisabledException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException', 'KMSInvalidStateException', 'UnsupportedOperationException'] },
    Encapsulate: { input: 'EncapsulateRequest', output: 'EncapsulateResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'DependencyTimeoutException', 'InvalidGrantTokenException', 'InvalidKeyUsageException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    Encrypt: { input: 'EncryptRequest', output: 'EncryptResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'DependencyTimeoutException', 'InvalidKeyUsageException', 'InvalidGrantTokenException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    GenerateDataKey: { input: 'GenerateDataKeyRequest', output: 'GenerateDataKeyResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'DependencyTimeoutException', 'InvalidKeyUsageException', 'InvalidGrantTokenException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    GenerateDataKeyPair: { input: 'GenerateDataKeyPairRequest', output: 'GenerateDataKeyPairResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'DependencyTimeoutException', 'InvalidKeyUsageException', 'InvalidGrantTokenException', 'KMSInternalException', 'KMSInvalidStateException', 'UnsupportedOperationException', 'DryRunOperationException'] },
    GenerateDataKeyPairWithoutPlaintext: { input: 'GenerateDataKeyPairWithoutPlaintextRequest', output: 'GenerateDataKeyPairWithoutPlaintextResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'DependencyTimeoutException', 'InvalidKeyUsageException', 'InvalidGrantTokenException', 'KMSInternalException', 'KMSInvalidStateException', 'UnsupportedOperationException', 'DryRunOperationException'] },
    GenerateDataKeyWithoutPlaintext: { input: 'GenerateDataKeyWithoutPlaintextRequest', output: 'GenerateDataKeyWithoutPlaintextResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'DependencyTimeoutException', 'InvalidKeyUsageException', 'InvalidGrantTokenException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    GenerateMac: { input: 'GenerateMacRequest', output: 'GenerateMacResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'InvalidKeyUsageException', 'InvalidGrantTokenException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    GenerateRandom: { input: 'GenerateRandomRequest', output: 'GenerateRandomResponse', errors: ['DependencyTimeoutException', 'KMSInternalException', 'UnsupportedOperationException', 'CustomKeyStoreNotFoundException', 'CustomKeyStoreInvalidStateException'] },
    GetKeyLastUsage: { input: 'GetKeyLastUsageRequest', output: 'GetKeyLastUsageResponse', errors: ['NotFoundException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException'] },
    GetKeyPolicy: { input: 'GetKeyPolicyRequest', output: 'GetKeyPolicyResponse', errors: ['NotFoundException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException', 'KMSInvalidStateException'] },
    GetKeyRotationStatus: { input: 'GetKeyRotationStatusRequest', output: 'GetKeyRotationStatusResponse', errors: ['NotFoundException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException', 'KMSInvalidStateException', 'UnsupportedOperationException'] },
    GetParametersForImport: { input: 'GetParametersForImportRequest', output: 'GetParametersForImportResponse', errors: ['InvalidArnException', 'UnsupportedOperationException', 'DependencyTimeoutException', 'NotFoundException', 'KMSInternalException', 'KMSInvalidStateException'] },
    GetPublicKey: { input: 'GetPublicKeyRequest', output: 'GetPublicKeyResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'DependencyTimeoutException', 'UnsupportedOperationException', 'InvalidArnException', 'InvalidGrantTokenException', 'InvalidKeyUsageException', 'KMSInternalException', 'KMSInvalidStateException'] },
    ImportKeyMaterial: { input: 'ImportKeyMaterialRequest', output: 'ImportKeyMaterialResponse', errors: ['InvalidArnException', 'UnsupportedOperationException', 'DependencyTimeoutException', 'NotFoundException', 'KMSInternalException', 'KMSInvalidStateException', 'InvalidCiphertextException', 'IncorrectKeyMaterialException', 'ExpiredImportTokenException', 'InvalidImportTokenException'] },
    ListAliases: { input: 'ListAliasesRequest', output: 'ListAliasesResponse', errors: ['DependencyTimeoutException', 'InvalidMarkerException', 'KMSInternalException', 'InvalidArnException', 'NotFoundException'] },
    ListGrants: { input: 'ListGrantsRequest', output: 'ListGrantsResponse', errors: ['NotFoundException', 'DependencyTimeoutException', 'InvalidMarkerException', 'InvalidGrantIdException', 'InvalidArnException', 'KMSInternalException', 'KMSInvalidStateException'] },
    ListKeyPolicies: { input: 'ListKeyPoliciesRequest', output: 'ListKeyPoliciesResponse', errors: ['NotFoundException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException', 'KMSInvalidStateException'] },
    ListKeyRotations: { input: 'ListKeyRotationsRequest', output: 'ListKeyRotationsResponse', errors: ['NotFoundException', 'InvalidArnException', 'InvalidMarkerException', 'KMSInternalException', 'KMSInvalidStateException', 'UnsupportedOperationException'] },
    ListKeys: { input: 'ListKeysRequest', output: 'ListKeysResponse', errors: ['DependencyTimeoutException', 'KMSInternalException', 'InvalidMarkerException'] },
    ListResourceTags: { input: 'ListResourceTagsRequest', output: 'ListResourceTagsResponse', errors: ['KMSInternalException', 'NotFoundException', 'InvalidArnException', 'InvalidMarkerException'] },
    ListRetirableGrants: { input: 'ListRetirableGrantsRequest', output: 'ListGrantsResponse', errors: ['DependencyTimeoutException', 'InvalidMarkerException', 'InvalidArnException', 'NotFoundException', 'KMSInternalException'] },
    PutKeyPolicy: { input: 'PutKeyPolicyRequest', errors: ['NotFoundException', 'InvalidArnException', 'MalformedPolicyDocumentException', 'DependencyTimeoutException', 'UnsupportedOperationException', 'KMSInternalException', 'LimitExceededException', 'KMSInvalidStateException'] },
    ReEncrypt: { input: 'ReEncryptRequest', output: 'ReEncryptResponse', errors: ['NotFoundException', 'DisabledException', 'InvalidCiphertextException', 'KeyUnavailableException', 'IncorrectKeyException', 'DependencyTimeoutException', 'InvalidKeyUsageException', 'InvalidGrantTokenException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    ReplicateKey: { input: 'ReplicateKeyRequest', output: 'ReplicateKeyResponse', errors: ['AlreadyExistsException', 'DisabledException', 'InvalidArnException', 'KMSInvalidStateException', 'KMSInternalException', 'LimitExceededException', 'MalformedPolicyDocumentException', 'NotFoundException', 'TagException', 'UnsupportedOperationException'] },
    RetireGrant: { input: 'RetireGrantRequest', errors: ['InvalidArnException', 'InvalidGrantTokenException', 'InvalidGrantIdException', 'NotFoundException', 'DependencyTimeoutException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    RevokeGrant: { input: 'RevokeGrantRequest', errors: ['NotFoundException', 'DependencyTimeoutException', 'InvalidArnException', 'InvalidGrantIdException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    RotateKeyOnDemand: { input: 'RotateKeyOnDemandRequest', output: 'RotateKeyOnDemandResponse', errors: ['NotFoundException', 'DisabledException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException', 'KMSInvalidStateException', 'UnsupportedOperationException', 'LimitExceededException', 'ConflictException'] },
    ScheduleKeyDeletion: { input: 'ScheduleKeyDeletionRequest', output: 'ScheduleKeyDeletionResponse', errors: ['NotFoundException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException', 'KMSInvalidStateException'] },
    Sign: { input: 'SignRequest', output: 'SignResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'DependencyTimeoutException', 'InvalidKeyUsageException', 'InvalidGrantTokenException', 'KMSInternalException', 'KMSInvalidStateException', 'DryRunOperationException'] },
    TagResource: { input: 'TagResourceRequest', errors: ['KMSInternalException', 'NotFoundException', 'InvalidArnException', 'KMSInvalidStateException', 'LimitExceededException', 'TagException'] },
    UntagResource: { input: 'UntagResourceRequest', errors: ['KMSInternalException', 'NotFoundException', 'InvalidArnException', 'KMSInvalidStateException', 'TagException'] },
    UpdateAlias: { input: 'UpdateAliasRequest', errors: ['DependencyTimeoutException', 'NotFoundException', 'KMSInternalException', 'LimitExceededException', 'KMSInvalidStateException'] },
    UpdateCustomKeyStore: { input: 'UpdateCustomKeyStoreRequest', output: 'UpdateCustomKeyStoreResponse', errors: ['CustomKeyStoreNotFoundException', 'CustomKeyStoreNameInUseException', 'CloudHsmClusterNotFoundException', 'CloudHsmClusterNotRelatedException', 'CustomKeyStoreInvalidStateException', 'KMSInternalException', 'CloudHsmClusterNotActiveException', 'CloudHsmClusterInvalidConfigurationException', 'XksProxyUriInUseException', 'XksProxyUriEndpointInUseException', 'XksProxyUriUnreachableException', 'XksProxyIncorrectAuthenticationCredentialException', 'XksProxyVpcEndpointServiceInUseException', 'XksProxyVpcEndpointServiceNotFoundException', 'XksProxyVpcEndpointServiceInvalidConfigurationException', 'XksProxyInvalidResponseException', 'XksProxyInvalidConfigurationException'] },
    UpdateKeyDescription: { input: 'UpdateKeyDescriptionRequest', errors: ['NotFoundException', 'InvalidArnException', 'DependencyTimeoutException', 'KMSInternalException', 'KMSInvalidStateException'] },
    UpdatePrimaryRegion: { input: 'UpdatePrimaryRegionRequest', errors: ['DisabledException', 'InvalidArnException', 'KMSInvalidStateException', 'KMSInternalException', 'NotFoundException', 'UnsupportedOperationException'] },
    Verify: { input: 'VerifyRequest', output: 'VerifyResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'DependencyTimeoutException', 'InvalidKeyUsageException', 'InvalidGrantTokenException', 'KMSInternalException', 'KMSInvalidStateException', 'KMSInvalidSignatureException', 'DryRunOperationException'] },
    VerifyMac: { input: 'VerifyMacRequest', output: 'VerifyMacResponse', errors: ['NotFoundException', 'DisabledException', 'KeyUnavailableException', 'InvalidKeyUsageException', 'InvalidGrantTokenException', 'KMSInternalException', 'KMSInvalidMacException', 'KMSInvalidStateException', 'DryRunOperationException'] },
  },
  errors: {
    AlreadyExistsException: { message: 'message' },
    CloudHsmClusterInUseException: { message: 'message' },
    CloudHsmClusterInvalidConfigurationException: { message: 'message' },
    CloudHsmClusterNotActiveException: { message: 'message' },
    CloudHsmClusterNotFoundException: { message: 'message' },
    CloudHsmClusterNotRelatedException: { message: 'message' },
    ConflictException: { message: 'message' },
    CustomKeyStoreHasCMKsException: { message: 'message' },
    CustomKeyStoreInvalidStateException: { message: 'message' },
    CustomKeyStoreNameInUseException: { message: 'message' },
    CustomKeyStoreNotFoundException: { message: 'message' },
    DependencyTimeoutException: { fault: true, message: 'message' },
    DisabledException: { message: 'message' },
    DryRunOperationException: { message: 'message' },
    ExpiredImportTokenException: { message: 'message' },
    IncorrectKeyException: { message: 'message' },
    IncorrectKeyMaterialException: { message: 'message' },
    IncorrectTrustAnchorException: { message: 'message' },
    InvalidAliasNameException: { message: 'message' },
    InvalidArnException: { message: 'message' },
    InvalidCiphertextException: { message: 'message' },
    InvalidGrantIdException: { message: 'message' },
    InvalidGrantTokenException: { message: 'message' },
    InvalidImportTokenException: { message: 'message' },
    InvalidKeyUsageException: { message: 'message' },
    InvalidMarkerException: { message: 'message' },
    KMSInternalException: { fault: true, message: 'message' },
    KMSInvalidMacException: { message: 'message' },
    KMSInvalidSignatureException: { message: 'message' },
    KMSInvalidStateException: { message: 'message' },
    KeyUnavailableException: { fault: true, message: 'message' },
    LimitExceededException: { message: 'message' },
    MalformedPolicyDocumentException: { message: 'message' },
    NotFoundException: { message: 'message' },
    TagException: { message: 'message' },
    UnsupportedOperationException: { message: 'message' },
    XksKeyAlreadyInUseException: { message: 'message' },
    XksKeyInvalidConfigurationException: { message: 'message' },
    XksKeyNotFoundException: { message: 'message' },
    XksProxyIncorrectAuthenticationCredentialException: { message: 'message' },
    XksProxyInvalidConfigurationException: { message: 'message' },
    XksProxyInvalidResponseException: { message: 'message' },
    XksProxyUriEndpointInUseException: { message: 'message' },
    XksProxyUriInUseException: { message: 'message' },
    XksProxyUriUnreachableException: { message: 'message' },
    XksProxyVpcEndpointServiceInUseException: { message: 'message' },
    XksProxyVpcEndpointServiceInvalidConfigurationException: { message: 'message' },
    XksProxyVpcEndpointServiceNotFoundException: { message: 'message' },
  },
  shapes: {
    AWSAccountIdType: { type: 'string' },
    AccountIdType: { type: 'string', min: 12, max: 12, pattern: '[0-9]{12}' },
    AlgorithmSpec: { type: 'string', enum: ['RSAES_PKCS1_V1_5', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256', 'SM2PKE'] },
    AliasList: { type: 'list', member: 'AliasListEntry' },
    AliasListEntry: { type: 'structure', members: { AliasName: 'AliasNameType', AliasArn: 'ArnType', TargetKeyId: 'KeyIdType', CreationDate: 'DateType', LastUpdatedDate: 'DateType' } },
    AliasNameType: { type: 'string', min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' },
    ArnType: { type: 'string', min: 20, max: 2048 },
    AttestationDocumentType: { type: 'blob', min: 1, max: 262144 },
    BackingKeyIdResponseType: { type: 'string', min: 0, max: 64, pattern: '^[a-f0-9]+$' },
    BackingKeyIdType: { type: 'string', min: 64, max: 64, pattern: '^[a-f0-9]+$' },
    BooleanType: { type: 'boolean' },
    CancelKeyDeletionRequest: { type: 'structure', members: { KeyId: 'KeyIdType' }, required: ['KeyId'] },
    CancelKeyDeletionResponse: { type: 'structure', members: { KeyId: 'KeyIdType' } },
    CiphertextType: { type: 'blob', min: 1, max: 6144 },
    CloudHsmClusterIdType: { type: 'string', min: 19, max: 24, pattern: 'cluster-[2-7a-zA-Z]{11,16}' },
    CloudTrailEventIdType: { type: 'string' },
    ConnectCustomKeyStoreRequest: { type: 'structure', members: { CustomKeyStoreId: 'CustomKeyStoreIdType' }, required: ['CustomKeyStoreId'] },
    ConnectCustomKeyStoreResponse: { type: 'structure', members: {} },
    ConnectionErrorCodeType: { type: 'string', enum: ['INVALID_CREDENTIALS', 'CLUSTER_NOT_FOUND', 'NETWORK_ERRORS', 'INTERNAL_ERROR', 'INSUFFICIENT_CLOUDHSM_HSMS', 'USER_LOCKED_OUT', 'USER_NOT_FOUND', 'USER_LOGGED_IN', 'SUBNET_NOT_FOUND', 'INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET', 'XKS_PROXY_ACCESS_DENIED', 'XKS_PROXY_NOT_REACHABLE', 'XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND', 'XKS_PROXY_INVALID_RESPONSE', 'XKS_PROXY_INVALID_CONFIGURATION', 'XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION', 'XKS_PROXY_TIMED_OUT', 'XKS_PROXY_INVALID_TLS_CONFIGURATION'] },
    ConnectionStateType: { type: 'string', enum: ['CONNECTED', 'CONNECTING', 'FAILED', 'DISCONNECTED', 'DISCONNECTING'] },
    CreateAliasRequest: { type: 'structure', members: { AliasName: 'AliasNameType', TargetKeyId: 'KeyIdType' }, required: ['AliasName', 'TargetKeyId'] },
    CreateCustomKeyStoreRequest: { type: 'structure', members: { CustomKeyStoreName: 'CustomKeyStoreNameType', CloudHsmClusterId: 'CloudHsmClusterIdType', TrustAnchorCertificate: 'TrustAnchorCertificateType', KeyStorePassword: 'KeyStorePasswordType', CustomKeyStoreType: 'CustomKeyStoreType', XksProxyUriEndpoint: 'XksProxyUriEndpointType', XksProxyUriPath: 'XksProxyUriPathType', XksProxyVpcEndpointServiceName: 'XksProxyVpcEndpointServiceNameType', XksProxyVpcEndpointServiceOwner: 'AccountIdType', XksProxyAuthenticationCredential: 'XksProxyAuthenticationCredentialType', XksProxyConnectivity: 'XksProxyConnectivityType' }, required: ['CustomKeyStoreName'] },
    CreateCustomKeyStoreResponse: { type: 'structure', members: { CustomKeyStoreId: 'CustomKeyStoreIdType' } },
    CreateGrantRequest: { type: 'structure', members: { KeyId: 'KeyIdType', GranteePrincipal: 'PrincipalIdType', RetiringPrincipal: 'PrincipalIdType', Operations: 'GrantOperationList', Constraints: 'GrantConstraints', GrantTokens: 'GrantTokenList', Name: 'GrantNameType', DryRun: 'NullableBooleanType', GranteeServicePrincipal: 'ServicePrincipalType', RetiringServicePrincipal: 'ServicePrincipalType' }, required: ['KeyId', 'Operations'] },
    CreateGrantResponse: { type: 'structure', members: { GrantToken: 'GrantTokenType', GrantId: 'GrantIdType' } },
    CreateKeyRequest: { type: 'structure', members: { Policy: 'PolicyType', Description: 'DescriptionType', KeyUsage: 'KeyUsageType', CustomerMasterKeySpec: 'CustomerMasterKeySpec', KeySpec: 'KeySpec', Origin: 'OriginType', CustomKeyStoreId: 'CustomKeyStoreIdType', BypassPolicyLockoutSafetyCheck: 'BooleanType', Tags: 'TagList', MultiRegion: 'NullableBooleanType', XksKeyId: 'XksKeyIdType' } },
    CreateKeyResponse: { type: 'structure', members: { KeyMetadata: 'KeyMetadata' } },
    CustomKeyStoreIdType: { type: 'string', min: 1, max: 64 },
    CustomKeyStoreNameType: { type: 'string', min: 1, max: 256 },
    CustomKeyStoreType: { type: 'string', enum: ['AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] },
    CustomKeyStoresList: { type: 'list', member: 'CustomKeyStoresListEntry' },
    CustomKeyStoresListEntry: { type: 'structure', members: { CustomKeyStoreId: 'CustomKeyStoreIdType', CustomKeyStoreName: 'CustomKeyStoreNameType', CloudHsmClusterId: 'CloudHsmClusterIdType', TrustAnchorCertificate: 'TrustAnchorCertificateType', ConnectionState: 'ConnectionStateType', ConnectionErrorCode: 'ConnectionErrorCodeType', CreationDate: 'DateType', CustomKeyStoreType: 'CustomKeyStoreType', XksProxyConfiguration: 'XksProxyConfigurationType' } },
    CustomerMasterKeySpec: { type: 'string', enum: ['RSA_2048', 'RSA_3072', 'RSA_4096', 'ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521', 'ECC_SECG_P256K1', 'SYMMETRIC_DEFAULT', 'HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512', 'SM2'] },
    DataKeyPairSpec: { type: 'string', enum: ['RSA_2048', 'RSA_3072', 'RSA_4096', 'ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521', 'ECC_SECG_P256K1', 'SM2', 'ECC_NIST_EDWARDS25519', 'ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'] },
    DataKeySpec: { type: 'string', enum: ['AES_256', 'AES_128'] },
    DateType: { type: 'timestamp' },
    DecapsulateRequest: { type: 'structure', members: { KeyId: 'KeyIdType', SharedSecretCiphertextBlob: 'CiphertextType', EncapsulationAlgorithm: 'EncapsulationAlgorithmSpec', GrantTokens: 'GrantTokenList', DryRun: 'NullableBooleanType' }, required: ['KeyId', 'SharedSecretCiphertextBlob', 'EncapsulationAlgorithm'] },
    DecapsulateResponse: { type: 'structure', members: { KeyId: 'KeyIdType', SharedSecret: 'PlaintextType', EncapsulationAlgorithm: 'EncapsulationAlgorithmSpec' } },
    DecryptRequest: { type: 'structure', members: { CiphertextBlob: 'CiphertextType', EncryptionContext: 'EncryptionContextType', GrantTokens: 'GrantTokenList', KeyId: 'KeyIdType', EncryptionAlgorithm: 'EncryptionAlgorithmSpec', Recipient: 'RecipientInfo', DryRun: 'NullableBooleanType', DryRunModifiers: 'DryRunModifierList' } },
    DecryptResponse: { type: 'structure', members: { KeyId: 'KeyIdType', Plaintext: 'PlaintextType', EncryptionAlgorithm: 'EncryptionAlgorithmSpec', CiphertextForRecipient: 'CiphertextType', KeyMaterialId: 'BackingKeyIdType' } },
    DeleteAliasRequest: { type: 'structure', members: { AliasName: 'AliasNameType' }, required: ['AliasName'] },
    DeleteCustomKeyStoreRequest: { type: 'structure', members: { CustomKeyStoreId: 'CustomKeyStoreIdType' }, required: ['CustomKeyStoreId'] },
    DeleteCustomKeyStoreResponse: { type: 'structure', members: {} },
    DeleteImportedKeyMaterialRequest: { type: 'structure', members: { KeyId: 'KeyIdType', KeyMaterialId: 'BackingKeyIdType' }, required: ['KeyId'] },
    DeleteImportedKeyMaterialResponse: { type: 'structure', members: { KeyId: 'KeyIdType', KeyMaterialId: 'BackingKeyIdResponseType' } },
    DeriveSharedSecretRequest: { type: 'structure', members: { KeyId: 'KeyIdType', KeyAgreementAlgorithm: 'KeyAgreementAlgorithmSpec', PublicKey: 'PublicKeyType', GrantTokens: 'GrantTokenList', DryRun: 'NullableBooleanType', Recipient: 'RecipientInfo' }, required: ['KeyId', 'KeyAgreementAlgorithm', 'PublicKey'] },
    DeriveSharedSecretResponse: { type: 'structure', members: { KeyId: 'KeyIdType', SharedSecret: 'PlaintextType', CiphertextForRecipient: 'CiphertextType', KeyAgreementAlgorithm: 'KeyAgreementAlgorithmSpec', KeyOrigin: 'OriginType' } },
    DescribeCustomKeyStoresRequest: { type: 'structure', members: { CustomKeyStoreId: 'CustomKeyStoreIdType', CustomKeyStoreName: 'CustomKeyStoreNameType', Limit: 'LimitType', Marker: 'MarkerType' } },
    DescribeCustomKeyStoresResponse: { type: 'structure', members: { CustomKeyStores: 'CustomKeyStoresList', NextMarker: 'MarkerType', Truncated: 'BooleanType' } },
    DescribeKeyRequest: { type: 'structure', members: { KeyId: 'KeyIdType', GrantTokens: 'GrantTokenList' }, required: ['KeyId'] },
    DescribeKeyResponse: { type: 'structure', members: { KeyMetadata: 'KeyMetadata' } },
    DescriptionType: { type: 'string', min: 0, max: 8192 },
    DisableKeyRequest: { type: 'structure', members: { KeyId: 'KeyIdType' }, required: ['KeyId'] },
    DisableKeyRotationRequest: { type: 'structure', members: { KeyId: 'KeyIdType' }, required: ['KeyId'] },
    DisconnectCustomKeyStoreRequest: { type: 'structure', members: { CustomKeyStoreId: 'CustomKeyStoreIdType' }, required: ['CustomKeyStoreId'] },
    DisconnectCustomKeyStoreResponse: { type: 'structure', members: {} },
    DryRunModifierList: { type: 'list', member: 'DryRunModifierType' },
    DryRunModifierType: { type: 'string', enum: ['IGNORE_CIPHERTEXT'] },
    EnableKeyRequest: { type: 'structure', members: { KeyId: 'KeyIdType' }, required: ['KeyId'] },
    EnableKeyRotationRequest: { type: 'structure', members: { KeyId: 'KeyIdType', RotationPeriodInDays: 'RotationPeriodInDaysType' }, required: ['KeyId'] },
    EncapsulateRequest: { type: 'structure', members: { KeyId: 'KeyIdType', EncapsulationAlgorithm: 'EncapsulationAlgorithmSpec', GrantTokens: 'GrantTokenList', DryRun: 'NullableBooleanType' }, required: ['KeyId', 'EncapsulationAlgorithm'] },
    EncapsulateResponse: { type: 'structure', members: { KeyId: 'KeyIdType', SharedSecret: 'PlaintextType', SharedSecretCiphertextBlob: 'CiphertextType', EncapsulationAlgorithm: 'EncapsulationAlgorithmSpec' } },
    EncapsulationAlgorithmSpec: { type: 'string', enum: ['ML_KEM'] },
    EncapsulationAlgorithmSpecList: { type: 'list', member: 'EncapsulationAlgorithmSpec' },
    EncryptRequest: { type: 'structure', members: { KeyId: 'KeyIdType', Plaintext: 'PlaintextType', EncryptionContext: 'EncryptionContextType', GrantTokens: 'GrantTokenList', EncryptionAlgorithm: 'EncryptionAlgorithmSpec', DryRun: 'NullableBooleanType' }, required: ['KeyId', 'Plaintext'] },
    EncryptResponse: { type: 'structure', members: { CiphertextBlob: 'CiphertextType', KeyId: 'KeyIdType', EncryptionAlgorithm: 'EncryptionAlgorithmSpec' } },
    EncryptionAlgorithmSpec: { type: 'string', enum: ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'] },
    EncryptionAlgorithmSpecList: { type: 'list', member: 'EncryptionAlgorithmSpec' },
    EncryptionContextKey: { type: 'string' },
    EncryptionContextType: { type: 'map', key: 'EncryptionContextKey', value: 'EncryptionContextValue' },
    EncryptionContextValue: { type: 'string' },
    ErrorMessageType: { type: 'string' },
    ExpirationModelType: { type: 'string', enum: ['KEY_MATERIAL_EXPIRES', 'KEY_MATERIAL_DOES_NOT_EXPIRE'] },
    GenerateDataKeyPairRequest: { type: 'structure', members: { EncryptionContext: 'EncryptionContextType', KeyId: 'KeyIdType', KeyPairSpec: 'DataKeyPairSpec', GrantTokens: 'GrantTokenList', Recipient: 'RecipientInfo', DryRun: 'NullableBooleanType' }, required: ['KeyId', 'KeyPairSpec'] },
    GenerateDataKeyPairResponse: { type: 'structure', members: { PrivateKeyCiphertextBlob: 'CiphertextType', PrivateKeyPlaintext: 'PlaintextType', PublicKey: 'PublicKeyType', KeyId: 'KeyIdType', KeyPairSpec: 'DataKeyPairSpec', CiphertextForRecipient: 'CiphertextType', KeyMaterialId: 'BackingKeyIdType' } },
    GenerateDataKeyPairWithoutPlaintextRequest: { type: 'structure', members: { EncryptionContext: 'EncryptionContextType', KeyId: 'KeyIdType', KeyPairSpec: 'DataKeyPairSpec', GrantTokens: 'GrantTokenList', DryRun: 'NullableBooleanType' }, required: ['KeyId', 'KeyPairSpec'] },
    GenerateDataKeyPairWithoutPlaintextResponse: { type: 'structure', members: { PrivateKeyCiphertextBlob: 'CiphertextType', PublicKey: 'PublicKeyType', KeyId: 'KeyIdType', KeyPairSpec: 'DataKeyPairSpec', KeyMaterialId: 'BackingKeyIdType' } },
    GenerateDataKeyRequest: { type: 'structure', members: { KeyId: 'KeyIdType', EncryptionContext: 'EncryptionContextType', NumberOfBytes: 'NumberOfBytesType', KeySpec: 'DataKeySpec', GrantTokens: 'GrantTokenList', Recipient: 'RecipientInfo', DryRun: 'NullableBooleanType' }, required: ['KeyId'] },
    GenerateDataKeyResponse: { type: 'structure', members: { CiphertextBlob: 'CiphertextType', Plaintext: 'PlaintextType', KeyId: 'KeyIdType', CiphertextForRecipient: 'CiphertextType', KeyMaterialId: 'BackingKeyIdType' } },
    GenerateDataKeyWithoutPlaintextRequest: { type: 'structure', members: { KeyId: 'KeyIdType', EncryptionContext: 'EncryptionContextType', KeySpec: 'DataKeySpec', NumberOfBytes: 'NumberOfBytesType', GrantTokens: 'GrantTokenList', DryRun: 'NullableBooleanType' }, required: ['KeyId'] },
    GenerateDataKeyWithoutPlaintextResponse: { type: 'structure', members: { CiphertextBlob: 'CiphertextType', KeyId: 'KeyIdType', KeyMaterialId: 'BackingKeyIdType' } },
    GenerateMacRequest: { type: 'structure', members: { Message: 'PlaintextType', KeyId: 'KeyIdType', MacAlgorithm: 'MacAlgorithmSpec', GrantTokens: 'GrantTokenList', DryRun: 'NullableBooleanType' }, required: ['Message', 'KeyId', 'MacAlgorithm'] },
    GenerateMacResponse: { type: 'structure', members: { Mac: 'CiphertextType', MacAlgorithm: 'MacAlgorithmSpec', KeyId: 'KeyIdType' } },
    GenerateRandomRequest: { type: 'structure', members: { NumberOfBytes: 'NumberOfBytesType', CustomKeyStoreId: 'CustomKeyStoreIdType', Recipient: 'RecipientInfo' } },
    GenerateRandomResponse: { type: 'structure', members: { Plaintext: 'PlaintextType', CiphertextForRecipient: 'CiphertextType' } },
    GetKeyLastUsageRequest: { type: 'structure', members: { KeyId: 'KeyIdType' }, required: ['KeyId'] },
    GetKeyLastUsageResponse: { type: 'structure', members: { KeyId: 'KeyIdType', KeyLastUsage: 'KeyLastUsageData', TrackingStartDate: 'DateType', KeyCreationDate: 'DateType' } },
    GetKeyPolicyRequest: { type: 'structure', members: { KeyId: 'KeyIdType', PolicyName: 'PolicyNameType' }, required: ['KeyId'] },
    GetKeyPolicyResponse: { type: 'structure', members: { Policy: 'PolicyType', PolicyName: 'PolicyNameType' } },
    GetKeyRotationStatusRequest: { type: 'structure', members: { KeyId: 'KeyIdType' }, required: ['KeyId'] },
    GetKeyRotationStatusResponse: { type: 'structure', members: { KeyRotationEnabled: 'BooleanType', KeyId: 'KeyIdType', RotationPeriodInDays: 'RotationPeriodInDaysType', NextRotationDate: 'DateType', OnDemandRotationStartDate: 'DateType' } },
    GetParametersForImportRequest: { type: 'structure', members: { KeyId: 'KeyIdType', WrappingAlgorithm: 'AlgorithmSpec', WrappingKeySpec: 'WrappingKeySpec' }, required: ['KeyId', 'WrappingAlgorithm', 'WrappingKeySpec'] },
    GetParametersForImportResponse: { type: 'structure', members: { KeyId: 'KeyIdType', ImportToken: 'CiphertextType', PublicKey: 'PlaintextType', ParametersValidTo: 'DateType' } },
    GetPublicKeyRequest: { type: 'structure', members: { KeyId: 'KeyIdType', GrantTokens: 'GrantTokenList' }, required: ['KeyId'] },
    GetPublicKeyResponse: { type: 'structure', members: { KeyId: 'KeyIdType', PublicKey: 'PublicKeyType', CustomerMasterKeySpec: 'CustomerMasterKeySpec', KeySpec: 'KeySpec', KeyUsage: 'KeyUsageType', EncryptionAlgorithms: 'EncryptionAlgorithmSpecList', SigningAlgorithms: 'SigningAlgorithmSpecList', KeyAgreementAlgorithms: 'KeyAgreementAlgorithmSpecList', EncapsulationAlgorithms: 'EncapsulationAlgorithmSpecList' } },
    GrantConstraints: { type: 'structure', members: { EncryptionContextSubset: 'EncryptionContextType', EncryptionContextEquals: 'EncryptionContextType', SourceArn: 'ArnType' } },
    GrantIdType: { type: 'string', min: 1, max: 128 },
    GrantList: { type: 'list', member: 'GrantListEntry' },
    GrantListEntry: { type: 'structure', members: { KeyId: 'KeyIdType', GrantId: 'GrantIdType', Name: 'GrantNameType', CreationDate: 'DateType', GranteePrincipal: 'PrincipalIdType', RetiringPrincipal: 'PrincipalIdType', IssuingAccount: 'PrincipalIdType', Operations: 'GrantOperationList', Constraints: 'GrantConstraints', GranteeServicePrincipal: 'ServicePrincipalType', RetiringServicePrincipal: 'ServicePrincipalType' } },
    GrantNameType: { type: 'string', min: 1, max: 256, pattern: '^[a-zA-Z0-9:/_-]+$' },
    GrantOperation: { type: 'string', enum: ['Decrypt', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo', 'Sign', 'Verify', 'GetPublicKey', 'CreateGrant', 'RetireGrant', 'DescribeKey', 'GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'GenerateMac', 'VerifyMac', 'DeriveSharedSecret', 'Encapsulate', 'Decapsulate'] },
    GrantOperationList: { type: 'list', member: 'GrantOperation' },
    GrantTokenList: { type: 'list', member: 'GrantTokenType', min: 0, max: 10 },
    GrantTokenType: { type: 'string', min: 1, max: 8192 },
    ImportKeyMaterialRequest: { type: 'structure', members: { KeyId: 'KeyIdType', ImportToken: 'CiphertextType', EncryptedKeyMaterial: 'CiphertextType', ValidTo: 'DateType', ExpirationModel: 'ExpirationModelType', ImportType: 'ImportType', KeyMaterialDescription: 'KeyMaterialDescriptionType', KeyMaterialId: 'BackingKeyIdType' }, required: ['KeyId', 'ImportToken', 'EncryptedKeyMaterial'] },
    ImportKeyMaterialResponse: { type: 'structure', members: { KeyId: 'KeyIdType', KeyMaterialId: 'BackingKeyIdType' } },
    ImportState: { type: 'string', enum: ['IMPORTED', 'PENDING_IMPORT'] },
    ImportType: { type: 'string', enum: ['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'] },
    IncludeKeyMaterial: { type: 'string', enum: ['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'] },
    KeyAgreementAlgorithmSpec: { type: 'string', enum: ['ECDH'] },
    KeyAgreementAlgorithmSpecList: { type: 'list', member: 'KeyAgreementAlgorithmSpec' },
    KeyEncryptionMechanism: { type: 'string', enum: ['RSAES_OAEP_SHA_256'] },
    KeyIdType: { type: 'string', min: 1, max: 2048 },
    KeyLastUsageData: { type: 'structure', members: { Operation: 'KeyLastUsageTrackingOperation', Timestamp: 'DateType', CloudTrailEventId: 'CloudTrailEventIdType', KmsRequestId: 'KmsRequestIdType' } },
    KeyLastUsageTrackingOperation: { type: 'string', enum: ['Decrypt', 'DeriveSharedSecret', 'Encrypt', 'GenerateDataKey', 'GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext', 'GenerateDataKeyWithoutPlaintext', 'GenerateMac', 'ReEncrypt', 'Sign', 'Verify', 'VerifyMac'] },
    KeyList: { type: 'list', member: 'KeyListEntry' },
    KeyListEntry: { type: 'structure', members: { KeyId: 'KeyIdType', KeyArn: 'ArnType' } },
    KeyManagerType: { type: 'string', enum: ['AWS', 'CUSTOMER'] },
    KeyMaterialDescriptionType: { type: 'string', min: 0, max: 256, pattern: '^[a-zA-Z0-9:/_\\s.-]+$' },
    KeyMaterialState: { type: 'string', enum: ['NON_CURRENT', 'CURRENT', 'PENDING_ROTATION', 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION'] },
    KeyMetadata: { type: 'structure', members: { AWSAccountId: 'AWSAccountIdType', KeyId: 'KeyIdType', Arn: 'ArnType', CreationDate: 'DateType', Enabled: 'BooleanType', Description: 'DescriptionType', KeyUsage: 'KeyUsageType', KeyState: 'KeyState', DeletionDate: 'DateType', ValidTo: 'DateType', Origin: 'OriginType', CustomKeyStoreId: 'CustomKeyStoreIdType', CloudHsmClusterId: 'CloudHsmClusterIdType', ExpirationModel: 'ExpirationModelType', KeyManager: 'KeyManagerType', CustomerMasterKeySpec: 'CustomerMasterKeySpec', KeySpec: 'KeySpec', EncryptionAlgorithms: 'EncryptionAlgorithmSpecList', SigningAlgorithms: 'SigningAlgorithmSpecList', KeyAgreementAlgorithms: 'KeyAgreementAlgorithmSpecList', MultiRegion: 'NullableBooleanType', MultiRegionConfiguration: 'MultiRegionConfiguration', PendingDeletionWindowInDays: 'PendingWindowInDaysType', MacAlgorithms: 'MacAlgorithmSpecList', XksKeyConfiguration: 'XksKeyConfigurationType', CurrentKeyMaterialId: 'BackingKeyIdType', EncapsulationAlgorithms: 'EncapsulationAlgorithmSpecList' }, required: ['KeyId'] },
    KeySpec: { type: 'string', enum: ['RSA_2048', 'RSA_3072', 'RSA_4096', 'ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521', 'ECC_SECG_P256K1', 'SYMMETRIC_DEFAULT', 'HMAC_224', 'HMAC_256', 'HMAC_384', 'HMAC_512', 'SM2', 'ML_DSA_44', 'ML_DSA_65', 'ML_DSA_87', 'ECC_NIST_EDWARDS25519', 'ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024'] },
    KeyState: { type: 'string', enum: ['Creating', 'Enabled', 'Disabled', 'PendingDeletion', 'PendingImport', 'PendingReplicaDeletion', 'Unavailable', 'Updating'] },
    KeyStorePasswordType: { type: 'string', min: 7, max: 32, sensitive: true },
    KeyUsageType: { type: 'string', enum: ['SIGN_VERIFY', 'ENCRYPT_DECRYPT', 'GENERATE_VERIFY_MAC', 'KEY_AGREEMENT', 'ENCAPSULATE_DECAPSULATE'] },
    KmsRequestIdType: { type: 'string' },
    LimitType: { type: 'integer', min: 1, max: 1000 },
    ListAliasesRequest: { type: 'structure', members: { KeyId: 'KeyIdType', Limit: 'LimitType', Marker: 'MarkerType' } },
    ListAliasesResponse: { type: 'structure', members: { Aliases: 'AliasList', NextMarker: 'MarkerType', Truncated: 'BooleanType' } },
    ListGrantsRequest: { type: 'structure', members: { Limit: 'LimitType', Marker: 'MarkerType', KeyId: 'KeyIdType', GrantId: 'GrantIdType', GranteePrincipal: 'PrincipalIdType', GranteeServicePrincipal: 'ServicePrincipalType' }, required: ['KeyId'] },
    ListGrantsResponse: { type: 'structure', members: { Grants: 'GrantList', NextMarker: 'MarkerType', Truncated: 'BooleanType' } },
    ListKeyPoliciesRequest: { type: 'structure', members: { KeyId: 'KeyIdType', Limit: 'LimitType', Marker: 'MarkerType' }, required: ['KeyId'] },
    ListKeyPoliciesResponse: { type: 'structure', members: { PolicyNames: 'PolicyNameList', NextMarker: 'MarkerType', Truncated: 'BooleanType' } },
    ListKeyRotationsRequest: { type: 'structure', members: { KeyId: 'KeyIdType', IncludeKeyMaterial: 'IncludeKeyMaterial', Limit: 'LimitType', Marker: 'MarkerType' }, required: ['KeyId'] },
    ListKeyRotationsResponse: { type: 'structure', members: { Rotations: 'RotationsList', NextMarker: 'MarkerType', Truncated: 'BooleanType' } },
    ListKeysRequest: { type: 'structure', members: { Limit: 'LimitType', Marker: 'MarkerType' } },
    ListKeysResponse: { type: 'structure', members: { Keys: 'KeyList', NextMarker: 'MarkerType', Truncated: 'BooleanType' } },
    ListResourceTagsRequest: { type: 'structure', members: { KeyId: 'KeyIdType', Limit: 'LimitType', Marker: 'MarkerType' }, required: ['KeyId'] },
    ListResourceTagsResponse: { type: 'structure', members: { Tags: 'TagList', NextMarker: 'MarkerType', Truncated: 'BooleanType' } },
    ListRetirableGrantsRequest: { type: 'structure', members: { Limit: 'LimitType', Marker: 'MarkerType', RetiringPrincipal: 'PrincipalIdType', RetiringServicePrincipal: 'ServicePrincipalType' }, required: [] },
    MacAlgorithmSpec: { type: 'string', enum: ['HMAC_SHA_224', 'HMAC_SHA_256', 'HMAC_SHA_384', 'HMAC_SHA_512'] },
    MacAlgorithmSpecList: { type: 'list', member: 'MacAlgorithmSpec' },
    MarkerType: { type: 'string', min: 1, max: 1024, pattern: '[\\u0020-\\u00FF]*' },
    MessageType: { type: 'string', enum: ['RAW', 'DIGEST', 'EXTERNAL_MU'] },
    MultiRegionConfiguration: { type: 'structure', members: { MultiRegionKeyType: 'MultiRegionKeyType', PrimaryKey: 'MultiRegionKey', ReplicaKeys: 'MultiRegionKeyList' } },
    MultiRegionKey: { type: 'structure', members: { Arn: 'ArnType', Region: 'RegionType' } },
    MultiRegionKeyList: { type: 'list', member: 'MultiRegionKey' },
    MultiRegionKeyType: { type: 'string', enum: ['PRIMARY', 'REPLICA'] },
    NullableBooleanType: { type: 'boolean' },
    NumberOfBytesType: { type: 'integer', min: 1, max: 1024 },
    OriginType: { type: 'string', enum: ['AWS_KMS', 'EXTERNAL', 'AWS_CLOUDHSM', 'EXTERNAL_KEY_STORE'] },
    PendingWindowInDaysType: { type: 'integer', min: 1, max: 365 },
    PlaintextType: { type: 'blob', min: 1, max: 4096, sensitive: true },
    PolicyNameList: { type: 'list', member: 'PolicyNameType' },
    PolicyNameType: { type: 'string', min: 1, max: 128, pattern: '[\\w]+' },
    PolicyType: { type: 'string', min: 1, max: 131072, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' },
    PrincipalIdType: { type: 'string', min: 1, max: 256, pattern: '^[\\w+=,.@:/-]+$' },
    PublicKeyType: { type: 'blob', min: 1, max: 8192 },
    PutKeyPolicyRequest: { type: 'structure', members: { KeyId: 'KeyIdType', PolicyName: 'PolicyNameType', Policy: 'PolicyType', BypassPolicyLockoutSafetyCheck: 'BooleanType' }, required: ['KeyId', 'Policy'] },
    ReEncryptRequest: { type: 'structure', members: { CiphertextBlob: 'CiphertextType', SourceEncryptionContext: 'EncryptionContextType', SourceKeyId: 'KeyIdType', DestinationKeyId: 'KeyIdType', DestinationEncryptionContext: 'EncryptionContextType', SourceEncryptionAlgorithm: 'EncryptionAlgorithmSpec', DestinationEncryptionAlgorithm: 'EncryptionAlgorithmSpec', GrantTokens: 'GrantTokenList', DryRun: 'NullableBooleanType', DryRunModifiers: 'DryRunModifierList' }, required: ['DestinationKeyId'] },
    ReEncryptResponse: { type: 'structure', members: { CiphertextBlob: 'CiphertextType', SourceKeyId: 'KeyIdType', KeyId: 'KeyIdType', SourceEncryptionAlgorithm: 'EncryptionAlgorithmSpec', DestinationEncryptionAlgorithm: 'EncryptionAlgorithmSpec', SourceKeyMaterialId: 'BackingKeyIdType', DestinationKeyMaterialId: 'BackingKeyIdType' } },
    RecipientInfo: { type: 'structure', members: { KeyEncryptionAlgorithm: 'KeyEncryptionMechanism', AttestationDocument: 'AttestationDocumentType' } },
    RegionType: { type: 'string', min: 1, max: 32, pattern: '^([a-z]+-){2,3}\\d+$' },
    ReplicateKeyRequest: { type: 'structure', members: { KeyId: 'KeyIdType', ReplicaRegion: 'RegionType', Policy: 'PolicyType', BypassPolicyLockoutSafetyCheck: 'BooleanType', Description: 'DescriptionType', Tags: 'TagList' }, required: ['KeyId', 'ReplicaRegion'] },
    ReplicateKeyResponse: { type: 'structure', members: { ReplicaKeyMetadata: 'KeyMetadata', ReplicaPolicy: 'PolicyType', ReplicaTags: 'TagList' } },
    RetireGrantRequest: { type: 'structure', members: { GrantToken: 'GrantTokenType', KeyId: 'KeyIdType', GrantId: 'GrantIdType', DryRun: 'NullableBooleanType' } },
    RevokeGrantRequest: { type: 'structure', members: { KeyId: 'KeyIdType', GrantId: 'GrantIdType', DryRun: 'NullableBooleanType' }, required: ['KeyId', 'GrantId'] },
    RotateKeyOnDemandRequest: { type: 'structure', members: { KeyId: 'KeyIdType' }, required: ['KeyId'] },
    RotateKeyOnDemandResponse: { type: 'structure', members: { KeyId: 'KeyIdType' } },
    RotationPeriodInDaysType: { type: 'integer', min: 90, max: 2560 },
    RotationType: { type: 'string', enum: ['AUTOMATIC', 'ON_DEMAND'] },
    RotationsList: { type: 'list', member: 'RotationsListEntry' },
    RotationsListEntry: { type: 'structure', members: { KeyId: 'KeyIdType', KeyMaterialId: 'BackingKeyIdType', KeyMaterialDescription: 'KeyMaterialDescriptionType', ImportState: 'ImportState', KeyMaterialState: 'KeyMaterialState', ExpirationModel: 'ExpirationModelType', ValidTo: 'DateType', RotationDate: 'DateType', RotationType: 'RotationType' } },
    ScheduleKeyDeletionRequest: { type: 'structure', members: { KeyId: 'KeyIdType', PendingWindowInDays: 'PendingWindowInDaysType' }, required: ['KeyId'] },
    ScheduleKeyDeletionResponse: { type: 'structure', members: { KeyId: 'KeyIdType', DeletionDate: 'DateType', KeyState: 'KeyState', PendingWindowInDays: 'PendingWindowInDaysType' } },
    ServicePrincipalType: { type: 'string', min: 1, max: 256 },
    SignRequest: { type: 'structure', members: { KeyId: 'KeyIdType', Message: 'PlaintextType', MessageType: 'MessageType', GrantTokens: 'GrantTokenList', SigningAlgorithm: 'SigningAlgorithmSpec', DryRun: 'NullableBooleanType' }, required: ['KeyId', 'Message', 'SigningAlgorithm'] },
    SignResponse: { type: 'structure', members: { KeyId: 'KeyIdType', Signature: 'CiphertextType', SigningAlgorithm: 'SigningAlgorithmSpec' } },
    SigningAlgorithmSpec: { type: 'string', enum: ['RSASSA_PSS_SHA_256', 'RSASSA_PSS_SHA_384', 'RSASSA_PSS_SHA_512', 'RSASSA_PKCS1_V1_5_SHA_256', 'RSASSA_PKCS1_V1_5_SHA_384', 'RSASSA_PKCS1_V1_5_SHA_512', 'ECDSA_SHA_256', 'ECDSA_SHA_384', 'ECDSA_SHA_512', 'SM2DSA', 'ML_DSA_SHAKE_256', 'ED25519_SHA_512', 'ED25519_PH_SHA_512'] },
    SigningAlgorithmSpecList: { type: 'list', member: 'SigningAlgorithmSpec' },
    Tag: { type: 'structure', members: { TagKey: 'TagKeyType', TagValue: 'TagValueType' }, required: ['TagKey', 'TagValue'] },
    TagKeyList: { type: 'list', member: 'TagKeyType' },
    TagKeyType: { type: 'string', min: 1, max: 128 },
    TagList: { type: 'list', member: 'Tag' },
    TagResourceRequest: { type: 'structure', members: { KeyId: 'KeyIdType', Tags: 'TagList' }, required: ['KeyId', 'Tags'] },
    TagValueType: { type: 'string', min: 0, max: 256 },
    TrustAnchorCertificateType: { type: 'string', min: 1, max: 5000 },
    UntagResourceRequest: { type: 'structure', members: { KeyId: 'KeyIdType', TagKeys: 'TagKeyList' }, required: ['KeyId', 'TagKeys'] },
    UpdateAliasRequest: { type: 'structure', members: { AliasName: 'AliasNameType', TargetKeyId: 'KeyIdType' }, required: ['AliasName', 'TargetKeyId'] },
    UpdateCustomKeyStoreRequest: { type: 'structure', members: { CustomKeyStoreId: 'CustomKeyStoreIdType', NewCustomKeyStoreName: 'CustomKeyStoreNameType', KeyStorePassword: 'KeyStorePasswordType', CloudHsmClusterId: 'CloudHsmClusterIdType', XksProxyUriEndpoint: 'XksProxyUriEndpointType', XksProxyUriPath: 'XksProxyUriPathType', XksProxyVpcEndpointServiceName: 'XksProxyVpcEndpointServiceNameType', XksProxyVpcEndpointServiceOwner: 'AccountIdType', XksProxyAuthenticationCredential: 'XksProxyAuthenticationCredentialType', XksProxyConnectivity: 'XksProxyConnectivityType' }, required: ['CustomKeyStoreId'] },
    UpdateCustomKeyStoreResponse: { type: 'structure', members: {} },
    UpdateKeyDescriptionRequest: { type: 'structure', members: { KeyId: 'KeyIdType', Description: 'DescriptionType' }, required: ['KeyId', 'Description'] },
    UpdatePrimaryRegionRequest: { type: 'structure', members: { KeyId: 'KeyIdType', PrimaryRegion: 'RegionType' }, required: ['KeyId', 'PrimaryRegion'] },
    VerifyMacRequest: { type: 'structure', members: { Message: 'PlaintextType', KeyId: 'KeyIdType', MacAlgorithm: 'MacAlgorithmSpec', Mac: 'CiphertextType', GrantTokens: 'GrantTokenList', DryRun: 'NullableBooleanType' }, required: ['Message', 'KeyId', 'MacAlgorithm', 'Mac'] },
    VerifyMacResponse: { type: 'structure', members: { KeyId: 'KeyIdType', MacValid: 'BooleanType', MacAlgorithm: 'MacAlgorithmSpec' } },
    VerifyRequest: { type: 'structure', members: { KeyId: 'KeyIdType', Message: 'PlaintextType', MessageType: 'MessageType', Signature: 'CiphertextType', SigningAlgorithm: 'SigningAlgorithmSpec', GrantTokens: 'GrantTokenList', DryRun: 'NullableBooleanType' }, required: ['KeyId', 'Message', 'Signature', 'SigningAlgorithm'] },
    VerifyResponse: { type: 'structure', members: { KeyId: 'KeyIdType', SignatureValid: 'BooleanType', SigningAlgorithm: 'SigningAlgorithmSpec' } },
    WrappingKeySpec: { type: 'string', enum: ['RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2'] },
    XksKeyConfigurationType: { type: 'structure', members: { Id: 'XksKeyIdType' } },
    XksKeyIdType: { type: 'string', min: 1, max: 128, pattern: '^[a-zA-Z0-9-_.]+$' },
    XksProxyAuthenticationAccessKeyIdType: { type: 'string', min: 20, max: 30, pattern: '^[A-Z2-7]+$', sensitive: true },
    XksProxyAuthenticationCredentialType: { type: 'structure', members: { AccessKeyId: 'XksProxyAuthenticationAccessKeyIdType', RawSecretAccessKey: 'XksProxyAuthenticationRawSecretAccessKeyType' }, required: ['AccessKeyId', 'RawSecretAccessKey'] },
    XksProxyAuthenticationRawSecretAccessKeyType: { type: 'string', min: 43, max: 64, pattern: '^[a-zA-Z0-9\\/+=]+$', sensitive: true },
    XksProxyConfigurationType: { type: 'structure', members: { Connectivity: 'XksProxyConnectivityType', AccessKeyId: 'XksProxyAuthenticationAccessKeyIdType', UriEndpoint: 'XksProxyUriEndpointType', UriPath: 'XksProxyUriPathType', VpcEndpointServiceName: 'XksProxyVpcEndpointServiceNameType', VpcEndpointServiceOwner: 'AccountIdType' } },
    XksProxyConnectivityType: { type: 'string', enum: ['PUBLIC_ENDPOINT', 'VPC_ENDPOINT_SERVICE'] },
    XksProxyUriEndpointType: { type: 'string', min: 10, max: 128, pattern: '^https://[a-zA-Z0-9.-]+$' },
    XksProxyUriPathType: { type: 'string', min: 10, max: 128, pattern: '^(/[a-zA-Z0-9\\/_-]+/kms/xks/v\\d{1,2})$|^(/kms/xks/v\\d{1,2})$' },
    XksProxyVpcEndpointServiceNameType: { type: 'string', min: 20, max: 64, pattern: '^(com|eu)\\.amazonaws\\.vpce\\.([a-z]+-){2,3}\\d+\\.vpce-svc-[0-9a-z]+$' },
  },
};
