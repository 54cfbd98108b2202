/**
 * ARNs, and the four ways in which a client names a KMS key. Only syntax: whether such a key exists, and the errors that
 * the client sees, are the service's.
 */

/** `arn:partition:service:region:account:resource` */
export interface Arn {
  readonly partition: string;
  readonly service: string;
  readonly region: string;
  readonly account: string;
  /** All after the fifth colon. */
  readonly resource: string;
}

/** The six parts of an ARN, or undefined when the text has not that form. Parts may be empty. */
export function parseArn(text: string): Arn | undefined {
  const match = /^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.*)$/s.exec(text);
  if (match === null) return undefined;
  const [, partition = '', service = '', region = '', account = '', resource = ''] = match;
  return { partition, service, region, account, resource };
}

export function formatArn(arn: Arn): string {
  return `arn:${arn.partition}:${arn.service}:${arn.region}:${arn.account}:${arn.resource}`;
}

/** Where a key is: what its ARN says besides its id. */
export interface KeyHome {
  /** `aws` unless told otherwise. */
  readonly partition?: string;
  readonly region: string;
  readonly account: string;
}

export function keyArn(home: KeyHome, keyId: string): string {
  return `arn:${home.partition ?? 'aws'}:kms:${home.region}:${home.account}:key/${keyId}`;
}

/** @param aliasName with its `alias/` */
export function aliasArn(home: KeyHome, aliasName: string): string {
  return `arn:${home.partition ?? 'aws'}:kms:${home.region}:${home.account}:${aliasName}`;
}

/**
 * What a KeyId member holds. `malformed` is no known form: KMS answers it as a key id that is none
 * (`Invalid keyId '…'`); `malformed-arn` begins like an ARN (`InvalidArnException`).
 */
export type KeyIdentifier =
  | { readonly form: 'key-id'; readonly keyId: string; readonly multiRegion: boolean }
  | {
      readonly form: 'key-arn';
      readonly arn: Arn;
      readonly region: string;
      readonly account: string;
      readonly keyId: string;
      readonly multiRegion: boolean;
    }
  | { readonly form: 'alias-name'; readonly aliasName: string }
  | {
      readonly form: 'alias-arn';
      readonly arn: Arn;
      readonly region: string;
      readonly account: string;
      /** With its `alias/`. */
      readonly aliasName: string;
    }
  | { readonly form: 'malformed'; readonly value: string }
  | { readonly form: 'malformed-arn'; readonly value: string };

/** A UUID with its dashes in either case, or `mrk-` and 32 hex digits. Recorded: 32 bare hex digits are no key id. */
const KEY_ID = /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(mrk-)[0-9a-f]{32})$/i;
const REGION = /^[a-z]+(?:-[a-z0-9]+)+$/;
const ACCOUNT = /^\d{12}$/;
/** AliasNameType of the model, without the colon, which the service refuses. */
const ALIAS = /^alias\/[a-zA-Z0-9/_-]{1,250}$/;

export function isKeyId(text: string): boolean {
  return KEY_ID.test(text);
}

export function isAliasName(text: string): boolean {
  return ALIAS.test(text);
}

/** Which of the four forms (KMS API Reference, KeyId) the text has. */
export function parseKeyIdentifier(text: string): KeyIdentifier {
  const id = KEY_ID.exec(text);
  if (id !== null) return { form: 'key-id', keyId: text, multiRegion: id[1] !== undefined };
  if (text.startsWith('alias/')) return { form: 'alias-name', aliasName: text };
  if (text.startsWith('arn:')) return parseKeyArn(text);
  return { form: 'malformed', value: text };
}

function parseKeyArn(text: string): KeyIdentifier {
  const malformed: KeyIdentifier = { form: 'malformed-arn', value: text };
  const arn = parseArn(text);
  if (arn === undefined) return malformed;
  const { partition, service, region, account, resource } = arn;
  if (partition === '' || service !== 'kms' || !REGION.test(region) || !ACCOUNT.test(account))
    return malformed;
  if (resource.startsWith('alias/')) return { form: 'alias-arn', arn, region, account, aliasName: resource };
  if (!resource.startsWith('key/')) return malformed;
  const keyId = resource.slice('key/'.length);
  const id = KEY_ID.exec(keyId);
  if (id === null) return { form: 'malformed', value: keyId };
  return { form: 'key-arn', arn, region, account, keyId, multiRegion: id[1] !== undefined };
}
