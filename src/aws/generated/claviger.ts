// Generated from src/aws/models/claviger.json by scripts/generate-api.mjs (npm run generate). Do not edit.
import type { ServiceModel } from '../model.ts';

export type CostItem =
  | 'HSM-hours'
  | 'key-months'
  | 'requests';

export interface CostLine {
  Region: string;
  Item: CostItem;
  Subject: string;
  Amount: number;
  Cost: number;
}

export interface DecryptWithExternalKeyRequest {
  XksKeyId: string;
  Ciphertext: Buffer;
  CiphertextMetadata: Buffer;
  InitializationVector: Buffer;
  AuthenticationTag: Buffer;
  AdditionalAuthenticatedData?: Buffer;
  OnBehalfOf?: OnBehalfOf;
}

export interface DecryptWithExternalKeyResponse {
  Plaintext: Buffer;
}

export interface DescribeExternalKeyRequest {
  XksKeyId: string;
  OnBehalfOf?: OnBehalfOf;
}

export interface DescribeExternalKeyResponse {
  XksKeyId: string;
  KeyId: string;
  KeySpec: string;
  KeyUsage: ExternalKeyUsage[];
  Enabled: boolean;
}

export interface DescribeHsmFiguresRequest {
  ClusterId: string;
}

export interface DescribeHsmFiguresResponse {
  ClusterId: string;
  IntervalSeconds: number;
  Hsms: HsmFigures[];
}

export interface DescribeKeysRequest {
  KeyIds: string[];
}

export interface DescribeKeysResponse {
  Keys: KeySummary[];
  Errors: KeyError[];
}

export interface DescribeReconciliationRequest {
  MaxResults?: number;
  NextToken?: string;
}

export interface DescribeReconciliationResponse {
  Continuous: boolean;
  EverySeconds: number;
  MarginSeconds: number;
  ComparedUntil?: Date;
  Matched: number;
  HsmLogs: HsmLog[];
  Findings: Finding[];
  NextToken?: string;
}

export interface EncryptWithExternalKeyRequest {
  XksKeyId: string;
  Plaintext: Buffer;
  AdditionalAuthenticatedData?: Buffer;
  OnBehalfOf?: OnBehalfOf;
}

export interface EncryptWithExternalKeyResponse {
  Ciphertext: Buffer;
  CiphertextMetadata: Buffer;
  InitializationVector: Buffer;
  AuthenticationTag: Buffer;
}

export type EvidenceOutcome =
  | 'agree'
  | 'mismatch'
  | 'undecided';

export interface ExportEvidenceRequest {
  KeyId: string;
}

export interface ExportEvidenceResponse {
  KeyArn: string;
  MadeAt: Date;
  Outcome: EvidenceOutcome;
  Evidence: string;
  Report: string;
}

export type ExternalKeyUsage =
  | 'ENCRYPT'
  | 'DECRYPT';

export interface Finding {
  FindingId: string;
  Kind: FindingKind;
  Description: string;
  FoundAt: Date;
  HsmId?: string;
  RequestId?: string;
  EventId?: string;
}

export type FindingKind =
  | 'hsm-log-broken'
  | 'use-without-call'
  | 'call-without-use';

export interface GenerateExternalKeyRequest {
  KeyId: string;
}

export interface GenerateExternalKeyResponse {
  XksKeyId: string;
  KeyId: string;
}

export interface GetCostRequest {
  Month?: string;
}

export interface GetCostResponse {
  Month: string;
  Currency: string;
  Lines: CostLine[];
  Total: number;
}

export interface HsmFigures {
  HsmId: string;
  AvailabilityZone: string;
  State: HsmState;
  InFlight: number;
  KeysHeld: number;
  UnknownKeys: number;
  InStepAt?: Date;
  RepairedAt?: Date;
  CloningDone?: number;
  CloningTotal?: number;
  Vitals?: HsmVitals;
  LastMinute: Work;
  Intervals: Interval[];
}

export interface HsmLog {
  HsmId: string;
  ClusterId: string;
  DeliveredUntil?: Date;
}

export type HsmState =
  | 'SERVING'
  | 'REACHABLE'
  | 'UNREACHABLE';

export interface HsmVitals {
  Connections: number;
  Sessions: number;
  Users: number;
  MessageKeys: number;
}

export interface Interval {
  StartTime: Date;
  Work: Work;
}

export interface KeyError {
  KeyId: string;
  Code: string;
  Message?: string;
}

export interface KeySummary {
  KeyId: string;
  Arn: string;
  KeyState: string;
  KeySpec: string;
  KeyUsage: string;
  Origin: string;
  KeyManager: string;
  CustomKeyStoreId?: string;
  XksKeyConfiguration?: XksKeyConfiguration;
  CreationDate: Date;
  DeletionDate?: Date;
  ValidTo?: Date;
}

export interface OnBehalfOf {
  KmsKeyArn?: string;
  PrincipalArn?: string;
  Operation?: string;
  RequestId?: string;
  ViaService?: string;
  SourceVpc?: string;
  SourceVpce?: string;
}

export interface Work {
  Operations: number;
  Errors: number;
  OperationsPerSecond: number;
  P50Milliseconds?: number;
  P95Milliseconds?: number;
  P99Milliseconds?: number;
}

export interface XksKeyConfiguration {
  Id?: string;
}

/** Operations with their input and output; undefined where the model has none. */
export interface ClavigerOperations {
  DecryptWithExternalKey: { input: DecryptWithExternalKeyRequest; output: DecryptWithExternalKeyResponse };
  DescribeExternalKey: { input: DescribeExternalKeyRequest; output: DescribeExternalKeyResponse };
  DescribeHsmFigures: { input: DescribeHsmFiguresRequest; output: DescribeHsmFiguresResponse };
  DescribeKeys: { input: DescribeKeysRequest; output: DescribeKeysResponse };
  DescribeReconciliation: { input: DescribeReconciliationRequest; output: DescribeReconciliationResponse };
  EncryptWithExternalKey: { input: EncryptWithExternalKeyRequest; output: EncryptWithExternalKeyResponse };
  ExportEvidence: { input: ExportEvidenceRequest; output: ExportEvidenceResponse };
  GenerateExternalKey: { input: GenerateExternalKeyRequest; output: GenerateExternalKeyResponse };
  GetCost: { input: GetCostRequest; output: GetCostResponse };
}

export type ClavigerErrorCode =
  | 'AccessDeniedException'
  | 'DependencyTimeoutException'
  | 'DisabledException'
  | 'InvalidArnException'
  | 'InvalidCiphertextException'
  | 'InvalidKeyUsageException'
  | 'KMSInternalException'
  | 'KMSInvalidStateException'
  | 'KeyUnavailableException'
  | 'LimitExceededException'
  | 'NotFoundException'
  | 'ResourceNotFoundException'
  | 'ThrottlingException'
  | 'UnsupportedOperationException'
  | 'ValidationException';

export const claviger: ServiceModel = {
  metadata: { apiVersion: '2026-11-26', endpointPrefix: 'claviger', protocol: 'json', jsonVersion: '1.1', serviceId: 'Claviger', signatureVersion: 'v4', targetPrefix: 'Claviger_20261126' },
  operations: {
    DecryptWithExternalKey: { input: 'DecryptWithExternalKeyRequest', output: 'DecryptWithExternalKeyResponse', errors: ['AccessDeniedException', 'DependencyTimeoutException', 'DisabledException', 'InvalidCiphertextException', 'InvalidKeyUsageException', 'KMSInternalException', 'KMSInvalidStateException', 'KeyUnavailableException', 'NotFoundException', 'ThrottlingException', 'UnsupportedOperationException', 'ValidationException'] },
    DescribeExternalKey: { input: 'DescribeExternalKeyRequest', output: 'DescribeExternalKeyResponse', errors: ['AccessDeniedException', 'DependencyTimeoutException', 'DisabledException', 'InvalidKeyUsageException', 'KMSInternalException', 'KMSInvalidStateException', 'KeyUnavailableException', 'NotFoundException', 'ThrottlingException', 'UnsupportedOperationException', 'ValidationException'] },
    DescribeHsmFigures: { input: 'DescribeHsmFiguresRequest', output: 'DescribeHsmFiguresResponse', errors: ['ResourceNotFoundException', 'ValidationException'] },
    DescribeKeys: { input: 'DescribeKeysRequest', output: 'DescribeKeysResponse', errors: ['ThrottlingException', 'ValidationException'] },
    DescribeReconciliation: { input: 'DescribeReconciliationRequest', output: 'DescribeReconciliationResponse', errors: ['ValidationException'] },
    EncryptWithExternalKey: { input: 'EncryptWithExternalKeyRequest', output: 'EncryptWithExternalKeyResponse', errors: ['AccessDeniedException', 'DependencyTimeoutException', 'DisabledException', 'InvalidKeyUsageException', 'KMSInternalException', 'KMSInvalidStateException', 'KeyUnavailableException', 'NotFoundException', 'ThrottlingException', 'UnsupportedOperationException', 'ValidationException'] },
    ExportEvidence: { input: 'ExportEvidenceRequest', output: 'ExportEvidenceResponse', errors: ['InvalidArnException', 'LimitExceededException', 'NotFoundException', 'ResourceNotFoundException', 'ThrottlingException', 'ValidationException'] },
    GenerateExternalKey: { input: 'GenerateExternalKeyRequest', output: 'GenerateExternalKeyResponse', errors: ['AccessDeniedException', 'DependencyTimeoutException', 'DisabledException', 'InvalidArnException', 'InvalidKeyUsageException', 'KMSInternalException', 'KMSInvalidStateException', 'KeyUnavailableException', 'NotFoundException', 'ThrottlingException', 'UnsupportedOperationException', 'ValidationException'] },
    GetCost: { input: 'GetCostRequest', output: 'GetCostResponse', errors: ['ValidationException'] },
  },
  errors: {
    AccessDeniedException: { message: 'message' },
    DependencyTimeoutException: { fault: true, message: 'message' },
    DisabledException: { message: 'message' },
    InvalidArnException: { message: 'message' },
    InvalidCiphertextException: { message: 'message' },
    InvalidKeyUsageException: { message: 'message' },
    KMSInternalException: { fault: true, message: 'message' },
    KMSInvalidStateException: { message: 'message' },
    KeyUnavailableException: { fault: true, message: 'message' },
    LimitExceededException: { message: 'message' },
    NotFoundException: { message: 'message' },
    ResourceNotFoundException: { message: 'message' },
    ThrottlingException: { message: 'message' },
    UnsupportedOperationException: { message: 'message' },
    ValidationException: { message: 'message' },
  },
  shapes: {
    AvailabilityZone: { type: 'string' },
    Boolean: { type: 'boolean' },
    ClusterId: { type: 'string', pattern: 'cluster-[2-7a-zA-Z]{11,16}' },
    CostItem: { type: 'string', enum: ['HSM-hours', 'key-months', 'requests'] },
    CostLine: { type: 'structure', members: { Region: 'Text', Item: 'CostItem', Subject: 'Text', Amount: 'Double', Cost: 'Double' }, required: ['Region', 'Item', 'Subject', 'Amount', 'Cost'] },
    CostLines: { type: 'list', member: 'CostLine' },
    Count: { type: 'long' },
    DecryptWithExternalKeyRequest: { type: 'structure', members: { XksKeyId: 'ExternalKeyId', Ciphertext: 'ExternalCiphertext', CiphertextMetadata: 'ExternalCiphertextMetadata', InitializationVector: 'ExternalInitializationVector', AuthenticationTag: 'ExternalAuthenticationTag', AdditionalAuthenticatedData: 'ExternalAssociatedData', OnBehalfOf: 'OnBehalfOf' }, required: ['XksKeyId', 'Ciphertext', 'CiphertextMetadata', 'InitializationVector', 'AuthenticationTag'] },
    DecryptWithExternalKeyResponse: { type: 'structure', members: { Plaintext: 'ExternalPlaintext' }, required: ['Plaintext'] },
    DescribeExternalKeyRequest: { type: 'structure', members: { XksKeyId: 'ExternalKeyId', OnBehalfOf: 'OnBehalfOf' }, required: ['XksKeyId'] },
    DescribeExternalKeyResponse: { type: 'structure', members: { XksKeyId: 'ExternalKeyId', KeyId: 'KeyId', KeySpec: 'Text', KeyUsage: 'ExternalKeyUsages', Enabled: 'Boolean' }, required: ['XksKeyId', 'KeyId', 'KeySpec', 'KeyUsage', 'Enabled'] },
    DescribeHsmFiguresRequest: { type: 'structure', members: { ClusterId: 'ClusterId' }, required: ['ClusterId'] },
    DescribeHsmFiguresResponse: { type: 'structure', members: { ClusterId: 'ClusterId', IntervalSeconds: 'Integer', Hsms: 'HsmFiguresList' }, required: ['ClusterId', 'IntervalSeconds', 'Hsms'] },
    DescribeKeysRequest: { type: 'structure', members: { KeyIds: 'KeyIds' }, required: ['KeyIds'] },
    DescribeKeysResponse: { type: 'structure', members: { Keys: 'KeySummaries', Errors: 'KeyErrors' }, required: ['Keys', 'Errors'] },
    DescribeReconciliationRequest: { type: 'structure', members: { MaxResults: 'MaxResults', NextToken: 'NextToken' } },
    DescribeReconciliationResponse: { type: 'structure', members: { Continuous: 'Boolean', EverySeconds: 'Integer', MarginSeconds: 'Integer', ComparedUntil: 'Timestamp', Matched: 'Count', HsmLogs: 'HsmLogs', Findings: 'Findings', NextToken: 'NextToken' }, required: ['Continuous', 'EverySeconds', 'MarginSeconds', 'Matched', 'HsmLogs', 'Findings'] },
    Double: { type: 'double' },
    EncryptWithExternalKeyRequest: { type: 'structure', members: { XksKeyId: 'ExternalKeyId', Plaintext: 'ExternalPlaintext', AdditionalAuthenticatedData: 'ExternalAssociatedData', OnBehalfOf: 'OnBehalfOf' }, required: ['XksKeyId', 'Plaintext'] },
    EncryptWithExternalKeyResponse: { type: 'structure', members: { Ciphertext: 'ExternalCiphertext', CiphertextMetadata: 'ExternalCiphertextMetadata', InitializationVector: 'ExternalInitializationVector', AuthenticationTag: 'ExternalAuthenticationTag' }, required: ['Ciphertext', 'CiphertextMetadata', 'InitializationVector', 'AuthenticationTag'] },
    EvidenceOutcome: { type: 'string', enum: ['agree', 'mismatch', 'undecided'] },
    ExportEvidenceRequest: { type: 'structure', members: { KeyId: 'KeyId' }, required: ['KeyId'] },
    ExportEvidenceResponse: { type: 'structure', members: { KeyArn: 'Text', MadeAt: 'Timestamp', Outcome: 'EvidenceOutcome', Evidence: 'Text', Report: 'Text' }, required: ['KeyArn', 'MadeAt', 'Outcome', 'Evidence', 'Report'] },
    ExternalAssociatedData: { type: 'blob', min: 0, max: 8192 },
    ExternalAuthenticationTag: { type: 'blob', min: 16, max: 16 },
    ExternalCiphertext: { type: 'blob', min: 1, max: 4300 },
    ExternalCiphertextMetadata: { type: 'blob', min: 1, max: 20 },
    ExternalInitializationVector: { type: 'blob', min: 12, max: 16 },
    ExternalKeyId: { type: 'string', min: 1, max: 128, pattern: '[a-zA-Z0-9-_.]+' },
    ExternalKeyUsage: { type: 'string', enum: ['ENCRYPT', 'DECRYPT'] },
    ExternalKeyUsages: { type: 'list', member: 'ExternalKeyUsage' },
    ExternalPlaintext: { type: 'blob', min: 1, max: 4300 },
    Finding: { type: 'structure', members: { FindingId: 'Text', Kind: 'FindingKind', Description: 'Text', FoundAt: 'Timestamp', HsmId: 'HsmId', RequestId: 'Text', EventId: 'Text' }, required: ['FindingId', 'Kind', 'Description', 'FoundAt'] },
    FindingKind: { type: 'string', enum: ['hsm-log-broken', 'use-without-call', 'call-without-use'] },
    Findings: { type: 'list', member: 'Finding' },
    GenerateExternalKeyRequest: { type: 'structure', members: { KeyId: 'KeyId' }, required: ['KeyId'] },
    GenerateExternalKeyResponse: { type: 'structure', members: { XksKeyId: 'ExternalKeyId', KeyId: 'KeyId' }, required: ['XksKeyId', 'KeyId'] },
    GetCostRequest: { type: 'structure', members: { Month: 'Month' } },
    GetCostResponse: { type: 'structure', members: { Month: 'Month', Currency: 'Text', Lines: 'CostLines', Total: 'Double' }, required: ['Month', 'Currency', 'Lines', 'Total'] },
    HsmFigures: { type: 'structure', members: { HsmId: 'HsmId', AvailabilityZone: 'AvailabilityZone', State: 'HsmState', InFlight: 'Integer', KeysHeld: 'Integer', UnknownKeys: 'Integer', InStepAt: 'Timestamp', RepairedAt: 'Timestamp', CloningDone: 'Integer', CloningTotal: 'Integer', Vitals: 'HsmVitals', LastMinute: 'Work', Intervals: 'Intervals' }, required: ['HsmId', 'AvailabilityZone', 'State', 'InFlight', 'KeysHeld', 'UnknownKeys', 'LastMinute', 'Intervals'] },
    HsmFiguresList: { type: 'list', member: 'HsmFigures' },
    HsmId: { type: 'string' },
    HsmLog: { type: 'structure', members: { HsmId: 'HsmId', ClusterId: 'ClusterId', DeliveredUntil: 'Timestamp' }, required: ['HsmId', 'ClusterId'] },
    HsmLogs: { type: 'list', member: 'HsmLog' },
    HsmState: { type: 'string', enum: ['SERVING', 'REACHABLE', 'UNREACHABLE'] },
    HsmVitals: { type: 'structure', members: { Connections: 'Integer', Sessions: 'Integer', Users: 'Integer', MessageKeys: 'Integer' }, required: ['Connections', 'Sessions', 'Users', 'MessageKeys'] },
    Integer: { type: 'integer' },
    Interval: { type: 'structure', members: { StartTime: 'Timestamp', Work: 'Work' }, required: ['StartTime', 'Work'] },
    Intervals: { type: 'list', member: 'Interval' },
    KeyError: { type: 'structure', members: { KeyId: 'KeyId', Code: 'Text', Message: 'Text' }, required: ['KeyId', 'Code'] },
    KeyErrors: { type: 'list', member: 'KeyError' },
    KeyId: { type: 'string', min: 1, max: 2048 },
    KeyIds: { type: 'list', member: 'KeyId', min: 1, max: 100 },
    KeySummaries: { type: 'list', member: 'KeySummary' },
    KeySummary: { type: 'structure', members: { KeyId: 'KeyId', Arn: 'Text', KeyState: 'Text', KeySpec: 'Text', KeyUsage: 'Text', Origin: 'Text', KeyManager: 'Text', CustomKeyStoreId: 'Text', XksKeyConfiguration: 'XksKeyConfiguration', CreationDate: 'Timestamp', DeletionDate: 'Timestamp', ValidTo: 'Timestamp' }, required: ['KeyId', 'Arn', 'KeyState', 'KeySpec', 'KeyUsage', 'Origin', 'KeyManager', 'CreationDate'] },
    MaxResults: { type: 'integer', min: 1, max: 100 },
    Month: { type: 'string', pattern: '\\d{4}-(0[1-9]|1[0-2])' },
    NextToken: { type: 'string', min: 1, max: 1024 },
    OnBehalfOf: { type: 'structure', members: { KmsKeyArn: 'OnBehalfOfText', PrincipalArn: 'OnBehalfOfText', Operation: 'OnBehalfOfText', RequestId: 'OnBehalfOfText', ViaService: 'OnBehalfOfText', SourceVpc: 'OnBehalfOfText', SourceVpce: 'OnBehalfOfText' } },
    OnBehalfOfText: { type: 'string', max: 2048 },
    Text: { type: 'string' },
    Timestamp: { type: 'timestamp' },
    Work: { type: 'structure', members: { Operations: 'Count', Errors: 'Count', OperationsPerSecond: 'Double', P50Milliseconds: 'Double', P95Milliseconds: 'Double', P99Milliseconds: 'Double' }, required: ['Operations', 'Errors', 'OperationsPerSecond'] },
    XksKeyConfiguration: { type: 'structure', members: { Id: 'Text' } },
  },
};
