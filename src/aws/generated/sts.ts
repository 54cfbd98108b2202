// Generated from src/aws/models/sts.json by scripts/generate-api.mjs (npm run generate). Do not edit.
import type { ServiceModel } from '../model.ts';

export interface AssumeRoleRequest {
  RoleArn: string;
  RoleSessionName: string;
  PolicyArns?: PolicyDescriptorType[];
  Policy?: string;
  DurationSeconds?: number;
  Tags?: Tag[];
  TransitiveTagKeys?: string[];
  ExternalId?: string;
  SerialNumber?: string;
  TokenCode?: string;
  SourceIdentity?: string;
  ProvidedContexts?: ProvidedContext[];
}

export interface AssumeRoleResponse {
  Credentials?: Credentials;
  AssumedRoleUser?: AssumedRoleUser;
  PackedPolicySize?: number;
  SourceIdentity?: string;
}

export interface AssumeRoleWithWebIdentityRequest {
  RoleArn: string;
  RoleSessionName: string;
  WebIdentityToken: string;
  ProviderId?: string;
  PolicyArns?: PolicyDescriptorType[];
  Policy?: string;
  DurationSeconds?: number;
}

export interface AssumeRoleWithWebIdentityResponse {
  Credentials?: Credentials;
  SubjectFromWebIdentityToken?: string;
  AssumedRoleUser?: AssumedRoleUser;
  PackedPolicySize?: number;
  Provider?: string;
  Audience?: string;
  SourceIdentity?: string;
}

export interface AssumedRoleUser {
  AssumedRoleId: string;
  Arn: string;
}

export interface Credentials {
  AccessKeyId: string;
  SecretAccessKey: string;
  SessionToken: string;
  Expiration: Date;
}

export interface DecodeAuthorizationMessageRequest {
  EncodedMessage: string;
}

export interface DecodeAuthorizationMessageResponse {
  DecodedMessage?: string;
}

export interface GetAccessKeyInfoRequest {
  AccessKeyId: string;
}

export interface GetAccessKeyInfoResponse {
  Account?: string;
}

export type GetCallerIdentityRequest = Record<string, never>;

export interface GetCallerIdentityResponse {
  UserId?: string;
  Account?: string;
  Arn?: string;
}

export interface GetSessionTokenRequest {
  DurationSeconds?: number;
  SerialNumber?: string;
  TokenCode?: string;
}

export interface GetSessionTokenResponse {
  Credentials?: Credentials;
}

export interface PolicyDescriptorType {
  arn?: string;
}

export interface ProvidedContext {
  ProviderArn?: string;
  ContextAssertion?: string;
}

export interface Tag {
  Key: string;
  Value: string;
}

/** Operations with their input and output; undefined where the model has none. */
export interface StsOperations {
  GetCallerIdentity: { input: GetCallerIdentityRequest; output: GetCallerIdentityResponse };
  AssumeRole: { input: AssumeRoleRequest; output: AssumeRoleResponse };
  AssumeRoleWithWebIdentity: { input: AssumeRoleWithWebIdentityRequest; output: AssumeRoleWithWebIdentityResponse };
  GetSessionToken: { input: GetSessionTokenRequest; output: GetSessionTokenResponse };
  GetAccessKeyInfo: { input: GetAccessKeyInfoRequest; output: GetAccessKeyInfoResponse };
  DecodeAuthorizationMessage: { input: DecodeAuthorizationMessageRequest; output: DecodeAuthorizationMessageResponse };
}

export type StsErrorCode =
  | 'ExpiredTokenException'
  | 'IDPCommunicationErrorException'
  | 'IDPRejectedClaimException'
  | 'InvalidAuthorizationMessageException'
  | 'InvalidIdentityTokenException'
  | 'MalformedPolicyDocumentException'
  | 'PackedPolicyTooLargeException'
  | 'RegionDisabledException';

export const sts: ServiceModel = {
  metadata: { apiVersion: '2011-06-15', endpointPrefix: 'sts', protocol: 'query', serviceId: 'STS', signatureVersion: 'v4', xmlNamespace: 'https://sts.amazonaws.com/doc/2011-06-15/' },
  operations: {
    GetCallerIdentity: { input: 'GetCallerIdentityRequest', output: 'GetCallerIdentityResponse', resultWrapper: 'GetCallerIdentityResult', errors: [] },
    AssumeRole: { input: 'AssumeRoleRequest', output: 'AssumeRoleResponse', resultWrapper: 'AssumeRoleResult', errors: ['MalformedPolicyDocumentException', 'PackedPolicyTooLargeException', 'RegionDisabledException', 'ExpiredTokenException'] },
    AssumeRoleWithWebIdentity: { input: 'AssumeRoleWithWebIdentityRequest', output: 'AssumeRoleWithWebIdentityResponse', resultWrapper: 'AssumeRoleWithWebIdentityResult', errors: ['MalformedPolicyDocumentException', 'PackedPolicyTooLargeException', 'IDPRejectedClaimException', 'IDPCommunicationErrorException', 'InvalidIdentityTokenException', 'ExpiredTokenException', 'RegionDisabledException'] },
    GetSessionToken: { input: 'GetSessionTokenRequest', output: 'GetSessionTokenResponse', resultWrapper: 'GetSessionTokenResult', errors: ['RegionDisabledException'] },
    GetAccessKeyInfo: { input: 'GetAccessKeyInfoRequest', output: 'GetAccessKeyInfoResponse', resultWrapper: 'GetAccessKeyInfoResult', errors: [] },
    DecodeAuthorizationMessage: { input: 'DecodeAuthorizationMessageRequest', output: 'DecodeAuthorizationMessageResponse', resultWrapper: 'DecodeAuthorizationMessageResult', errors: ['InvalidAuthorizationMessageException'] },
  },
  errors: {
    ExpiredTokenException: { code: 'ExpiredTokenException', status: 400, message: 'message' },
    IDPCommunicationErrorException: { code: 'IDPCommunicationError', status: 400, message: 'message' },
    IDPRejectedClaimException: { code: 'IDPRejectedClaim', status: 403, message: 'message' },
    InvalidAuthorizationMessageException: { code: 'InvalidAuthorizationMessageException', status: 400, message: 'message' },
    InvalidIdentityTokenException: { code: 'InvalidIdentityToken', status: 400, message: 'message' },
    MalformedPolicyDocumentException: { code: 'MalformedPolicyDocument', status: 400, message: 'message' },
    PackedPolicyTooLargeException: { code: 'PackedPolicyTooLarge', status: 400, message: 'message' },
    RegionDisabledException: { code: 'RegionDisabledException', status: 403, message: 'message' },
  },
  shapes: {
    AssumeRoleRequest: { type: 'structure', members: { RoleArn: 'arnType', RoleSessionName: 'roleSessionNameType', PolicyArns: 'policyDescriptorListType', Policy: 'unrestrictedSessionPolicyDocumentType', DurationSeconds: 'roleDurationSecondsType', Tags: 'tagListType', TransitiveTagKeys: 'tagKeyListType', ExternalId: 'externalIdType', SerialNumber: 'serialNumberType', TokenCode: 'tokenCodeType', SourceIdentity: 'sourceIdentityType', ProvidedContexts: 'ProvidedContextsListType' }, required: ['RoleArn', 'RoleSessionName'] },
    AssumeRoleResponse: { type: 'structure', members: { Credentials: 'Credentials', AssumedRoleUser: 'AssumedRoleUser', PackedPolicySize: 'nonNegativeIntegerType', SourceIdentity: 'sourceIdentityType' } },
    AssumeRoleWithWebIdentityRequest: { type: 'structure', members: { RoleArn: 'arnType', RoleSessionName: 'roleSessionNameType', WebIdentityToken: 'clientTokenType', ProviderId: 'urlType', PolicyArns: 'policyDescriptorListType', Policy: 'sessionPolicyDocumentType', DurationSeconds: 'roleDurationSecondsType' }, required: ['RoleArn', 'RoleSessionName', 'WebIdentityToken'] },
    AssumeRoleWithWebIdentityResponse: { type: 'structure', members: { Credentials: 'Credentials', SubjectFromWebIdentityToken: 'webIdentitySubjectType', AssumedRoleUser: 'AssumedRoleUser', PackedPolicySize: 'nonNegativeIntegerType', Provider: 'Issuer', Audience: 'Audience', SourceIdentity: 'sourceIdentityType' } },
    AssumedRoleUser: { type: 'structure', members: { AssumedRoleId: 'assumedRoleIdType', Arn: 'arnType' }, required: ['AssumedRoleId', 'Arn'] },
    Audience: { type: 'string' },
    Credentials: { type: 'structure', members: { AccessKeyId: 'accessKeyIdType', SecretAccessKey: 'accessKeySecretType', SessionToken: 'tokenType', Expiration: 'dateType' }, required: ['AccessKeyId', 'SecretAccessKey', 'SessionToken', 'Expiration'] },
    DecodeAuthorizationMessageRequest: { type: 'structure', members: { EncodedMessage: 'encodedMessageType' }, required: ['EncodedMessage'] },
    DecodeAuthorizationMessageResponse: { type: 'structure', members: { DecodedMessage: 'decodedMessageType' } },
    GetAccessKeyInfoRequest: { type: 'structure', members: { AccessKeyId: 'accessKeyIdType' }, required: ['AccessKeyId'] },
    GetAccessKeyInfoResponse: { type: 'structure', members: { Account: 'accountType' } },
    GetCallerIdentityRequest: { type: 'structure', members: {} },
    GetCallerIdentityResponse: { type: 'structure', members: { UserId: 'userIdType', Account: 'accountType', Arn: 'arnType' } },
    GetSessionTokenRequest: { type: 'structure', members: { DurationSeconds: 'durationSecondsType', SerialNumber: 'serialNumberType', TokenCode: 'tokenCodeType' } },
    GetSessionTokenResponse: { type: 'structure', members: { Credentials: 'Credentials' } },
    Issuer: { type: 'string' },
    PolicyDescriptorType: { type: 'structure', members: { arn: 'arnType' } },
    ProvidedContext: { type: 'structure', members: { ProviderArn: 'arnType', ContextAssertion: 'contextAssertionType' } },
    ProvidedContextsListType: { type: 'list', member: 'ProvidedContext', min: 1, max: 5 },
    Tag: { type: 'structure', members: { Key: 'tagKeyType', Value: 'tagValueType' }, required: ['Key', 'Value'] },
    accessKeyIdType: { type: 'string', min: 16, max: 128, pattern: '[\\w]*' },
    accessKeySecretType: { type: 'string', sensitive: true },
    accountType: { type: 'string' },
    arnType: { type: 'string', min: 20, max: 2048, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u007E\\u0085\\u00A0-\\uD7FF\\uE000-\\uFFFD\\u10000-\\u10FFFF]+' },
    assumedRoleIdType: { type: 'string', min: 2, max: 193, pattern: '[\\w+=,.@:-]*' },
    clientTokenType: { type: 'string', min: 4, max: 20000, sensitive: true },
    contextAssertionType: { type: 'string', min: 4, max: 2048 },
    dateType: { type: 'timestamp' },
    decodedMessageType: { type: 'string' },
    durationSecondsType: { type: 'integer', min: 900, max: 129600 },
    encodedMessageType: { type: 'string', min: 1, max: 10240 },
    expiredIdentityTokenMessage: { type: 'string' },
    externalIdType: { type: 'string', min: 2, max: 1224, pattern: '[\\w+=,.@:\\/-]*' },
    idpCommunicationErrorMessage: { type: 'string' },
    idpRejectedClaimMessage: { type: 'string' },
    invalidAuthorizationMessage: { type: 'string' },
    invalidIdentityTokenMessage: { type: 'string' },
    malformedPolicyDocumentMessage: { type: 'string' },
    nonNegativeIntegerType: { type: 'integer', min: 0 },
    packedPolicyTooLargeMessage: { type: 'string' },
    policyDescriptorListType: { type: 'list', member: 'PolicyDescriptorType' },
    regionDisabledMessage: { type: 'string' },
    roleDurationSecondsType: { type: 'integer', min: 900, max: 43200 },
    roleSessionNameType: { type: 'string', min: 2, max: 64, pattern: '[\\w+=,.@-]*' },
    serialNumberType: { type: 'string', min: 9, max: 256, pattern: '[\\w+=/:,.@-]*' },
    sessionPolicyDocumentType: { type: 'string', min: 1, max: 2048, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' },
    sourceIdentityType: { type: 'string', min: 2, max: 64, pattern: '[\\w+=,.@-]*' },
    tagKeyListType: { type: 'list', member: 'tagKeyType', max: 50 },
    tagKeyType: { type: 'string', min: 1, max: 128, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+' },
    tagListType: { type: 'list', member: 'Tag', max: 50 },
    tagValueType: { type: 'string', min: 0, max: 256, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*' },
    tokenCodeType: { type: 'string', min: 6, max: 6, pattern: '[\\d]*' },
    tokenType: { type: 'string' },
    unrestrictedSessionPolicyDocumentType: { type: 'string', min: 1, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+' },
    urlType: { type: 'string', min: 4, max: 2048 },
    userIdType: { type: 'string' },
    webIdentitySubjectType: { type: 'string', min: 6, max: 255 },
  },
};
