/** What a path asks for: which key store, which call, which key; and who may ask there. */
import { createPathVerifier } from '../aws/sigv4/verify.ts';
import type { VerifiedRequest, WireRequest } from '../aws/sigv4/verify.ts';
import { BASE_PATH, SERVICE } from '../xks/protocol.ts';
import type { XksOperation } from '../xks/protocol.ts';
import type { Credential, StoreConfiguration } from './configuration.ts';
import { isExternalKeyId, isXksKeyId } from './key-ids.ts';

export interface Store {
  readonly path: string;
  /** @throws ApiError when none of the store's credentials signed the request in the last five minutes */
  verify(request: WireRequest, now: number): VerifiedRequest<Credential>;
  /** The XksKeyId behind an id as KMS knows it. */
  keyOf(externalKeyId: string): string | undefined;
}

export interface Route {
  readonly store: Store;
  readonly operation: XksOperation;
  /** Empty for GetHealthStatus. */
  readonly externalKeyId: string;
}

const OF_VERB: ReadonlyMap<string, XksOperation> = new Map([
  ['metadata', 'GetKeyMetadata'],
  ['encrypt', 'Encrypt'],
  ['decrypt', 'Decrypt'],
]);

/** Path of the store; id and verb, or neither for its health. No segment is empty, `.` or `..`: a path is signed as it is. */
const PATH = new RegExp(`^((?:/[A-Za-z0-9_-]+)*)${BASE_PATH}/(?:health|keys/([^/]+)/([a-z]+))$`);

/** Finds what a raw request target asks for; undefined for any other target. */
export type Router = (target: string) => Route | undefined;

export function createRouter(configured: readonly StoreConfiguration[]): Router {
  const stores = new Map(configured.map((one) => [one.path, createStore(one)]));
  return (target) => {
    const [matched, path = '', externalKeyId = '', verb] = PATH.exec(target) ?? [];
    const store = stores.get(path);
    if (matched === undefined || store === undefined) return undefined;
    if (verb === undefined) return { store, operation: 'GetHealthStatus', externalKeyId: '' };
    const operation = OF_VERB.get(verb);
    if (operation === undefined || !isExternalKeyId(externalKeyId)) return undefined;
    return { store, operation, externalKeyId };
  };
}

function createStore({ path, region, credentials, keys }: StoreConfiguration): Store {
  const byId = new Map(credentials.map((credential) => [credential.accessKeyId, credential]));
  const verify = createPathVerifier({ lookup: (accessKeyId) => byId.get(accessKeyId), regions: [region] });
  return {
    path,
    verify: (request, now) => verify(request, SERVICE, now),
    keyOf: (id) => (keys === undefined ? (isXksKeyId(id) ? id : undefined) : keys.get(id)),
  };
}
