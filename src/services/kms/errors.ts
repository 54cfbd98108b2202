/** KMS's own errors with AWS's words, one line each. Texts: recorded answers of AWS KMS where there are any. */
import { ApiError } from '../../aws/errors.ts';

const invalidState = (message: string): ApiError => new ApiError('KMSInvalidStateException', message);
const notFound = (message: string): ApiError => new ApiError('NotFoundException', message);

export const validation = (message: string): ApiError => new ApiError('ValidationException', message);
export const internal = (
  message = 'The request was rejected because an internal exception occurred. The request can be retried.',
): ApiError => new ApiError('KMSInternalException', message);
export const dependencyTimeout = (): ApiError =>
  new ApiError(
    'DependencyTimeoutException',
    'The system timed out while trying to fulfill the request. You can retry the request.',
  );

// key states
export const disabled = (arn: string): ApiError => new ApiError('DisabledException', `${arn} is disabled.`);
export const pendingDeletion = (arn: string): ApiError => invalidState(`${arn} is pending deletion.`);
export const pendingReplicaDeletion = (arn: string): ApiError =>
  invalidState(`${arn} is pending replica deletion.`);
export const notPendingDeletion = (arn: string): ApiError => invalidState(`${arn} is not pending deletion.`);
export const unavailable = (arn: string): ApiError => invalidState(`${arn} is unavailable.`);
export const stillCreating = (arn: string): ApiError => invalidState(`${arn} is creating.`);
export const updating = (arn: string): ApiError => invalidState(`${arn} is updating.`);
export const pendingImport = (arn: string): ApiError => invalidState(`${arn} is pending import.`);
export const originNotValid = (arn: string, origin: string): ApiError =>
  unsupported(`${arn} origin is ${origin} which is not valid for this operation.`);
export const externalOrigin = (arn: string): ApiError => originNotValid(arn, 'EXTERNAL');
export const keyStoreUnavailable = (message: string): ApiError => invalidState(message);

// identifiers
export const invalidKeyId = (value: string): ApiError => notFound(`Invalid keyId '${value}'`);
export const keyNotFound = (arn: string): ApiError => notFound(`Key '${arn}' does not exist`);
export const arnOfOtherRegion = (region: string): ApiError => notFound(`Invalid arn ${region}`);
export const aliasNotFound = (arn: string): ApiError => notFound(`Alias ${arn} is not found.`);
export const invalidArn = (value: string): ApiError =>
  new ApiError('InvalidArnException', `Invalid arn ${value}`);
export const aliasNotSupported = (): ApiError =>
  new ApiError('InvalidArnException', 'Key Aliases are not supported for this operation.');
export const noSuchPolicy = (): ApiError => notFound('No such policy exists');

// use
export const wrongUsage = (arn: string, usage: string, operation: string): ApiError =>
  new ApiError(
    'InvalidKeyUsageException',
    `${arn} key usage is ${usage} which is not valid for ${operation}.`,
  );
export const algorithmIncompatible = (algorithm: string, spec: string): ApiError =>
  new ApiError('InvalidKeyUsageException', `Algorithm ${algorithm} is incompatible with key spec ${spec}.`);
export const incorrectKey = (): ApiError =>
  new ApiError(
    'IncorrectKeyException',
    'The key ID in the request does not identify a CMK that can perform this operation.',
  );
export const invalidCiphertext = (): ApiError => new ApiError('InvalidCiphertextException');
export const invalidSignature = (): ApiError => new ApiError('KMSInvalidSignatureException');
export const invalidMac = (): ApiError => new ApiError('KMSInvalidMacException');
export const invalidPeerPublicKey = (): ApiError => new ApiError('ValidationException');
export const wrongOrigin = (arn: string, origin: string): ApiError =>
  unsupported(`${arn} origin is ${origin} which is not valid for this operation.`);
export const dryRunSucceeded = (): ApiError =>
  new ApiError('DryRunOperationException', 'The request would have succeeded, but the DryRun option is set.');
export const unsupported = (message?: string): ApiError =>
  new ApiError('UnsupportedOperationException', message);
export const invalidMarker = (): ApiError => new ApiError('InvalidMarkerException', 'Invalid marker');
export const limitExceeded = (message: string): ApiError => new ApiError('LimitExceededException', message);

// multi-Region keys
export const notPrimary = (arn: string): ApiError => unsupported(`${arn} is not a multi-region primary key.`);
export const alreadyPrimary = (arn: string): ApiError => unsupported(`${arn} is the primary key already.`);
export const relatedKeyExists = (arn: string): ApiError =>
  new ApiError('AlreadyExistsException', `A related multi-Region key already exists: ${arn}`);
export const regionNotServed = (region: string): ApiError =>
  validation(`The Region ${region} is not one of the Regions that this Claviger serves.`);

// rotation
export const rotationLimitReached = (arn: string): ApiError =>
  limitExceeded(
    'The on-demand rotations limit has been reached for the given keyId. ' +
      `No more on-demand rotations can be performed for this key: ${arn}`,
  );
export const rotationIsNear = (arn: string): ApiError =>
  new ApiError(
    'ConflictException',
    `An automatic rotation of ${arn} is in progress or is due within 20 minutes.`,
  );
export const noPendingMaterial = (arn: string): ApiError =>
  invalidState(`No available key material pending rotation for the key: ${arn}.`);

// imported key material
export const otherMaterialPending = (arn: string, id: string, pendingId: string): ApiError =>
  invalidState(
    `New key material (id: ${id}) cannot be imported into KMS key ${arn}, ` +
      `because another key material (id: ${pendingId}) is pending rotation.`,
  );
export const validToMissing = (): ApiError =>
  validation('A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES');
export const incorrectKeyMaterial = (message: string): ApiError =>
  new ApiError('IncorrectKeyMaterialException', message);
export const invalidImportToken = (): ApiError => new ApiError('InvalidImportTokenException');
export const expiredImportToken = (): ApiError => new ApiError('ExpiredImportTokenException');
export const noSuchMaterial = (arn: string, materialId: string): ApiError =>
  notFound(`Key material ${materialId} is not associated with the key ${arn}`);

// grants
export const invalidPrincipal = (principal: string): ApiError =>
  new ApiError('InvalidArnException', `ARN does not refer to a valid principal: ${principal}`);
export const invalidGrantToken = (): ApiError =>
  new ApiError('InvalidGrantTokenException', 'The grant token is not valid.');
export const invalidGrantId = (): ApiError =>
  new ApiError('InvalidGrantIdException', 'The grant ID is not valid.');
export const grantNotFound = (grantId: string): ApiError => notFound(`Grant ID ${grantId} not found`);

// aliases
export const aliasExists = (arn: string): ApiError =>
  new ApiError('AlreadyExistsException', `An alias with the name ${arn} already exists`);
export const aliasPrefixMissing = (): ApiError =>
  validation(
    'Alias must start with the prefix "alias/". Please see https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html',
  );
export const aliasReserved = (): ApiError => new ApiError('NotAuthorizedException');

// tags and policies
export const tagError = (message: string): ApiError => new ApiError('TagException', message);
export const malformedPolicy = (message?: string): ApiError =>
  new ApiError('MalformedPolicyDocumentException', message);
export const labelsInKeyPolicy = (): ApiError =>
  malformedPolicy(
    'These condition keys are not permitted in a key policy: aws:ResourceTag, kms:ResourceTag, kms:ResourceAliases',
  );

// custom key stores
export const storeNotFound = (): ApiError =>
  new ApiError(
    'CustomKeyStoreNotFoundException',
    'There is no such custom key store in this account and Region.',
  );
export const storeNameInUse = (name: string): ApiError =>
  new ApiError('CustomKeyStoreNameInUseException', `Another custom key store has the name ${name}.`);
export const storeInvalidState = (message?: string): ApiError =>
  new ApiError('CustomKeyStoreInvalidStateException', message);
export const storeHasKeys = (keys: number): ApiError =>
  new ApiError(
    'CustomKeyStoreHasCMKsException',
    `The custom key store has ${keys} KMS keys, those counted that wait for their deletion.`,
  );
export const clusterInUse = (customKeyStoreId: string): ApiError =>
  new ApiError(
    'CloudHsmClusterInUseException',
    `The custom key store ${customKeyStoreId} uses this CloudHSM cluster, or one with the same backup history.`,
  );
export const clusterNotFound = (): ApiError =>
  new ApiError(
    'CloudHsmClusterNotFoundException',
    'There is no such CloudHSM cluster in this account and Region.',
  );
export const clusterNotActive = (state: string): ApiError =>
  new ApiError('CloudHsmClusterNotActiveException', `The CloudHSM cluster is in state ${state}, not ACTIVE.`);
export const clusterNotRelated = (): ApiError =>
  new ApiError(
    'CloudHsmClusterNotRelatedException',
    'The CloudHSM cluster has another cluster certificate: it shares no backup history with that of the custom key store.',
  );
export const clusterInvalidConfiguration = (message?: string): ApiError =>
  new ApiError('CloudHsmClusterInvalidConfigurationException', message);
export const incorrectTrustAnchor = (): ApiError =>
  new ApiError(
    'IncorrectTrustAnchorException',
    'The certificate is not the trust anchor (customerCA.crt) that the CloudHSM cluster was initialised with.',
  );

// external key stores
export const proxyInvalidConfiguration = (message: string): ApiError =>
  new ApiError('XksProxyInvalidConfigurationException', message);
export const proxyInUse = (customKeyStoreId: string): ApiError =>
  new ApiError(
    'XksProxyUriInUseException',
    `The custom key store ${customKeyStoreId} has this XksProxyUriEndpoint and XksProxyUriPath.`,
  );
export const proxyEndpointInUse = (customKeyStoreId: string): ApiError =>
  new ApiError(
    'XksProxyUriEndpointInUseException',
    `The custom key store ${customKeyStoreId} has this XksProxyUriEndpoint, and one of the two has a VPC endpoint service.`,
  );
export const vpcEndpointServiceInUse = (customKeyStoreId: string): ApiError =>
  new ApiError(
    'XksProxyVpcEndpointServiceInUseException',
    `The custom key store ${customKeyStoreId} uses this VPC endpoint service.`,
  );
export const vpcEndpointServiceNotFound = (name: string): ApiError =>
  new ApiError(
    'XksProxyVpcEndpointServiceNotFoundException',
    `There is no VPC endpoint service ${name} here: externalKeyStores.vpcEndpointServices of the configuration file has it not.`,
  );
export const vpcEndpointServiceInvalid = (name: string): ApiError =>
  new ApiError(
    'XksProxyVpcEndpointServiceInvalidConfigurationException',
    `XksProxyUriEndpoint is not the private DNS name of the VPC endpoint service ${name}.`,
  );
export const externalKeyInUse = (xksKeyId: string): ApiError =>
  new ApiError(
    'XksKeyAlreadyInUseException',
    `The external key ${xksKeyId} is associated with another KMS key of this custom key store.`,
  );
export const externalKeyUnfit = (message: string): ApiError =>
  new ApiError('XksKeyInvalidConfigurationException', message);
