/**
 * The audit room: what is recorded of every call, and the trail it is recorded in.
 *
 * Here live the shape of an event (this file), the journal that makes events durable before an answer leaves
 * (journal.ts), its line format (line.ts), and reading, verifying and printing it. Nothing here decides what a caller
 * may do, and nothing here touches keys or plaintext: an event is refused when it holds binary data.
 *
 * The shape is that of AWS CloudTrail's management events for KMS (CloudTrail user guide, "CloudTrail record contents";
 * KMS developer guide, "Logging AWS KMS API calls with AWS CloudTrail").
 */

/** Plain JSON members; undefined ones are left out of the record. */
export type EventMembers = Readonly<Record<string, unknown>>;

/** Who called. Internal actions have no `type` but `invokedBy: "AWS Internal"`. */
export interface UserIdentity {
  type?:
    'IAMUser' | 'AssumedRole' | 'Root' | 'FederatedUser' | 'AWSAccount' | 'AWSService' | 'WebIdentityUser';
  principalId?: string;
  arn?: string;
  accountId?: string;
  accessKeyId?: string;
  userName?: string;
  /** WebIdentityUser only: ARN of the provider. */
  identityProvider?: string;
  sessionContext?: SessionContext;
  invokedBy?: string;
}

/** `mfaAuthenticated` is text, as CloudTrail has it. */
export interface SessionContext {
  sessionIssuer?: { type: string; principalId: string; arn: string; accountId: string; userName: string };
  webIdFederationData?: { federatedProvider?: string; attributes?: Record<string, string> };
  attributes: { creationDate: string; mfaAuthenticated: 'true' | 'false' };
  sourceIdentity?: string;
}

export interface EventResource {
  accountId: string;
  /** `AWS::IAM::Role`: the role that a call of STS took on. */
  type: 'AWS::KMS::Key' | 'AWS::IAM::Role';
  ARN: string;
}

export interface TlsDetails {
  /** As CloudTrail writes it: `TLSv1.3`. */
  tlsVersion: string;
  cipherSuite: string;
  clientProvidedHostHeader: string;
  keyExchange?: string;
}

/** One record, members in CloudTrail's usual order. */
export interface CloudTrailEvent {
  eventVersion: string;
  userIdentity: UserIdentity;
  /** UTC, whole seconds: `2025-05-20T20:46:16Z`. */
  eventTime: string;
  eventSource: string;
  eventName: string;
  awsRegion: string;
  sourceIPAddress: string;
  userAgent: string;
  errorCode?: string;
  errorMessage?: string;
  requestParameters: EventMembers | null;
  responseElements: EventMembers | null;
  additionalEventData?: EventMembers;
  requestID?: string;
  eventID: string;
  readOnly: boolean;
  resources?: readonly EventResource[];
  eventType: 'AwsApiCall' | 'AwsServiceEvent';
  managementEvent: true;
  recipientAccountId: string;
  sharedEventID?: string;
  serviceEventDetails?: EventMembers;
  eventCategory: 'Management';
  tlsDetails?: TlsDetails;
  sessionCredentialFromConsole?: 'true';
}

/** The copy of a call's event for another account, whose key or role was used: the caller's own event tells of the same call. */
export function isOwnersCopy({ userIdentity, sharedEventID }: CloudTrailEvent): boolean {
  return sharedEventID !== undefined && userIdentity.type === 'AWSAccount';
}

/** What the pipeline knows of one call that got past authentication. */
export interface EventInput {
  identity: UserIdentity;
  /** When the call was completed; a number is milliseconds since 1970. */
  time: Date | number;
  /** `kms.amazonaws.com`, `cloudhsm.amazonaws.com`, … */
  eventSource: string;
  eventName: string;
  region: string;
  sourceIp: string;
  userAgent: string;
  /** In CloudTrail's member names (see {@link lowerCamel}); what must not be logged is left out by the operation. */
  requestParameters: EventMembers | null;
  responseElements: EventMembers | null;
  additionalEventData?: EventMembers | undefined;
  /** Of a refused call: why, in members of ours. Shown as its additionalEventData, of which CloudTrail shows none. */
  denial?: EventMembers | undefined;
  requestId: string;
  eventId: string;
  readOnly: boolean;
  /**
   * Key ARNs or resources the call worked on. `[]` where CloudTrail shows an empty list (GenerateRandom, ListKeys),
   * undefined where it shows none (operations on custom key stores).
   */
  resources?: readonly EventResource[] | undefined;
  /** `code` is the exception's shape name, as the API answers it. */
  error?: { code: string; message?: string | undefined } | undefined;
  recipientAccountId: string;
  /** The same in all copies of an event that concerns two accounts. */
  sharedEventId?: string | undefined;
  tls?: TlsDetails | undefined;
  fromConsole?: boolean | undefined;
}

/** An action that no caller asked for: DeleteKey at the end of its waiting period, RotateKey, … */
export interface ServiceEventInput {
  time: Date | number;
  eventSource: string;
  eventName: string;
  region: string;
  accountId: string;
  eventId: string;
  resources: readonly EventResource[];
  additionalEventData?: EventMembers | undefined;
  serviceEventDetails?: EventMembers | undefined;
}

const EVENT_VERSION = '1.11';
const INTERNAL = 'AWS Internal';

/** CloudTrail cuts userAgent after 1 KB and keeps a record under 256 KB ("CloudTrail record contents"). */
const USER_AGENT_BYTES = 1024;
export const EVENT_BYTES = 256 * 1024;

/** The API's code for a refused call, and what CloudTrail writes instead. */
const DENIED_CODES = new Set(['AccessDeniedException', 'AccessDenied']);

/** Errors after which the record names no resources: the key was not found, or the caller may not know of it. */
const NO_RESOURCES_CODES = new Set([...DENIED_CODES, 'NotFoundException']);

/**
 * The record of one call.
 *
 * - A refused call has the code `AccessDenied`, null parameters and no resources: what the caller asked for is not
 *   spread to readers of the trail of a key that it may not use.
 * - A failed call has no response elements.
 * - `userAgent` is cut to 1 KB. The whole record is kept under 256 KB when it is encoded ({@link encodeEvent}).
 *
 * @throws TypeError for binary data: plaintext, ciphertext and key material are Buffers and must not enter an event
 */
export function buildEvent(input: EventInput): CloudTrailEvent {
  const { error } = input;
  refuseBinary(input.requestParameters);
  refuseBinary(input.responseElements);
  refuseBinary(input.additionalEventData);
  const denied = error !== undefined && DENIED_CODES.has(error.code);
  const named = error === undefined || !NO_RESOURCES_CODES.has(error.code);
  return {
    eventVersion: EVENT_VERSION,
    userIdentity: input.identity,
    eventTime: eventTime(input.time),
    eventSource: input.eventSource,
    eventName: input.eventName,
    awsRegion: input.region,
    sourceIPAddress: input.sourceIp,
    userAgent: cutText(input.userAgent, USER_AGENT_BYTES),
    ...(error !== undefined && { errorCode: denied ? 'AccessDenied' : error.code }),
    ...(error?.message !== undefined && error.message !== '' && { errorMessage: error.message }),
    requestParameters: denied ? null : input.requestParameters,
    responseElements: error === undefined ? input.responseElements : null,
    ...(input.additionalEventData !== undefined &&
      !denied && { additionalEventData: input.additionalEventData }),
    ...(denied && input.denial !== undefined && { additionalEventData: input.denial }),
    requestID: input.requestId,
    eventID: input.eventId,
    readOnly: input.readOnly,
    ...(input.resources !== undefined && named && { resources: input.resources }),
    eventType: 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: input.recipientAccountId,
    ...(input.sharedEventId !== undefined && { sharedEventID: input.sharedEventId }),
    eventCategory: 'Management',
    ...(input.tls !== undefined && { tlsDetails: input.tls }),
    ...(input.fromConsole === true && { sessionCredentialFromConsole: 'true' as const }),
  };
}

/** JSON of objects that come again and again unchanged: callers and resources. */
const texts = new WeakMap<object, string>();

function textOf(value: object): string {
  let text = texts.get(value);
  if (text === undefined) {
    text = JSON.stringify(value);
    texts.set(value, text);
  }
  return text;
}

const json = (value: unknown): string => JSON.stringify(value);

/**
 * The same record as `encodeEvent(buildEvent(input))`; for a call that succeeded it is put together from parts that are
 * kept, at a third of the cost. `identity` and each resource must be objects that nobody changes.
 */
export function encodeCall(input: EventInput): string {
  if (input.error !== undefined || input.sharedEventId !== undefined || input.fromConsole === true) {
    return encodeEvent(buildEvent(input));
  }
  refuseBinary(input.requestParameters);
  refuseBinary(input.responseElements);
  refuseBinary(input.additionalEventData);
  const { additionalEventData, resources, tls } = input;
  const text =
    `{"eventVersion":"${EVENT_VERSION}","userIdentity":${textOf(input.identity)}` +
    `,"eventTime":"${eventTime(input.time)}","eventSource":"${input.eventSource}","eventName":"${input.eventName}"` +
    `,"awsRegion":"${input.region}","sourceIPAddress":${json(input.sourceIp)}` +
    `,"userAgent":${json(cutText(input.userAgent, USER_AGENT_BYTES))}` +
    `,"requestParameters":${json(input.requestParameters)},"responseElements":${json(input.responseElements)}` +
    (additionalEventData === undefined ? '' : `,"additionalEventData":${json(additionalEventData)}`) +
    `,"requestID":"${input.requestId}","eventID":"${input.eventId}","readOnly":${input.readOnly}` +
    (resources === undefined ? '' : `,"resources":[${resources.map(textOf).join(',')}]`) +
    `,"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":"${input.recipientAccountId}"` +
    `,"eventCategory":"Management"${tls === undefined ? '' : `,"tlsDetails":${json(tls)}`}}`;
  return text.length * 3 <= EVENT_BYTES ? text : encodeEvent(buildEvent(input));
}

/** The record of an internal action: no caller, no request id, never read-only. */
export function buildServiceEvent(input: ServiceEventInput): CloudTrailEvent {
  return {
    eventVersion: EVENT_VERSION,
    userIdentity: { accountId: input.accountId, invokedBy: INTERNAL },
    eventTime: eventTime(input.time),
    eventSource: input.eventSource,
    eventName: input.eventName,
    awsRegion: input.region,
    sourceIPAddress: INTERNAL,
    userAgent: INTERNAL,
    requestParameters: null,
    responseElements: null,
    ...(input.additionalEventData !== undefined && { additionalEventData: input.additionalEventData }),
    eventID: input.eventId,
    readOnly: false,
    resources: input.resources,
    eventType: 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: input.accountId,
    ...(input.serviceEventDetails !== undefined && { serviceEventDetails: input.serviceEventDetails }),
    eventCategory: 'Management',
  };
}

function refuseBinary(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  refuseBinaryHere(value);
  for (const name in value) refuseBinary((value as EventMembers)[name]);
}

function refuseBinaryHere(value: unknown): void {
  if (!ArrayBuffer.isView(value) && !(value instanceof ArrayBuffer)) return;
  throw new TypeError('binary data must not enter an audit event');
}

let lastSecond = Number.NaN;
let lastSecondText = '';

/** `YYYY-MM-DDTHH:MM:SSZ`; the text of the last second asked for is kept, since a busy server asks for the same again. */
function eventTime(time: Date | number): string {
  const second = Math.floor(Number(time) / 1000);
  if (second !== lastSecond) {
    lastSecondText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastSecondText;
}

/** Members whose content callers or operations choose freely; only these are cut in a record that is too large. */
const OPEN_MEMBERS = [
  'requestParameters',
  'responseElements',
  'additionalEventData',
  'errorMessage',
] as const;

/**
 * The event as one line of JSON of at most 256 KB. A larger one has the long texts of its parameters cut, further and
 * further, until it fits; if many short ones are to blame, the parameters give way to `{"omitted":true}`, CloudTrail's
 * own mark. A record is never refused for its size, for then the call would go unrecorded.
 */
export function encodeEvent(event: CloudTrailEvent): string {
  const text = JSON.stringify(event);
  if (text.length * 3 <= EVENT_BYTES || Buffer.byteLength(text) <= EVENT_BYTES) return text;
  for (let limit = EVENT_BYTES / 4; limit >= 1024; limit /= 2) {
    const cut = JSON.stringify(replaceOpenMembers(event, (value) => cutDeep(value, limit)));
    if (Buffer.byteLength(cut) <= EVENT_BYTES) return cut;
  }
  return JSON.stringify(
    replaceOpenMembers(event, (value) =>
      typeof value === 'string' ? cutText(value, 1024) : { omitted: true },
    ),
  );
}

function replaceOpenMembers(event: CloudTrailEvent, replace: (value: unknown) => unknown): object {
  const replaced: Record<string, unknown> = { ...event };
  for (const name of OPEN_MEMBERS) {
    const value = event[name];
    if (value !== undefined && value !== null) replaced[name] = replace(value);
  }
  return replaced;
}

function cutDeep(value: unknown, limit: number): unknown {
  if (typeof value === 'string') return cutText(value, limit);
  if (Array.isArray(value)) return value.map((item) => cutDeep(item, limit));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, cutDeep(member, limit)]));
}

/** At most `limit` bytes of UTF-8, never half a character. */
function cutText(text: string, limit: number): string {
  if (text.length * 3 <= limit) return text;
  const bytes = Buffer.from(text);
  if (bytes.length <= limit) return text;
  let end = limit;
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}

/** Members whose value is a map: its keys are the caller's words and stay as they are. */
const MAP_MEMBERS = new Set([
  'EncryptionContext',
  'SourceEncryptionContext',
  'DestinationEncryptionContext',
  'EncryptionContextSubset',
  'EncryptionContextEquals',
]);

/** Members that the API carries as seconds since 1970, and CloudTrail as text. */
const DATE_MEMBERS = new Set([
  'CreationDate',
  'DeletionDate',
  'ValidTo',
  'ParametersValidTo',
  'RotationDate',
  'NextRotationDate',
  'OnDemandRotationStartDate',
]);

/**
 * Members of a request or answer under CloudTrail's names: the first letter of each is lowered, at all depths, and
 * nothing else (which is how `AWSAccountId` becomes `aWSAccountId`). Dates become text ({@link cloudTrailDate}),
 * undefined members are left out, keys of encryption contexts stay as they are.
 *
 * @throws TypeError for binary data: plaintext, ciphertext and key material are Buffers and must not enter an event
 */
export function lowerCamel(members: object): EventMembers {
  const lowered: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(members as EventMembers)) {
    if (value === undefined) continue;
    lowered[name.charAt(0).toLowerCase() + name.slice(1)] =
      typeof value === 'number' && DATE_MEMBERS.has(name)
        ? cloudTrailDate(value * 1000)
        : toJson(value, MAP_MEMBERS.has(name));
  }
  return lowered;
}

function toJson(value: unknown, keepKeys: boolean): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (value instanceof Date) return cloudTrailDate(value.getTime());
  refuseBinaryHere(value);
  if (Array.isArray(value)) return value.map((item) => toJson(item, false));
  if (typeof value !== 'object') throw new TypeError(`a ${typeof value} must not enter an audit event`);
  if (!keepKeys) return lowerCamel(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toJson(item, false)]));
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * A date inside the parameters of an event, in UTC: `May 21, 2025, 5:47:45 AM`.
 * @param time milliseconds since 1970
 */
export function cloudTrailDate(time: number | Date): string {
  const date = new Date(time);
  const hours = date.getUTCHours();
  const clock = [hours % 12 || 12, twoDigits(date.getUTCMinutes()), twoDigits(date.getUTCSeconds())].join(
    ':',
  );
  const day = `${MONTHS[date.getUTCMonth()]} ${date.getUTCDate()}, ${date.getUTCFullYear()}`;
  return `${day}, ${clock} ${hours < 12 ? 'AM' : 'PM'}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
