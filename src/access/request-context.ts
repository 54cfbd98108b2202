/**
 * The condition keys that every request has, worked out when a policy asks for them; and those that its operation adds.
 * AWS: "AWS global condition context keys".
 */
import type { CallRequest } from './call-request.ts';
import type { Principal, PrincipalType } from './caller.ts';
import { addKey } from './context.ts';
import type { ConditionContext, ConditionValue, Context } from './context.ts';

export interface ContextSource {
  readonly request: CallRequest;
  readonly resourceAccountId: string;
  /** By the key's name in lower case; asked before `context`. */
  readonly condition?: ((key: string) => ConditionValue) | undefined;
  /** Asked for once, and only when a policy wants a key that is not of every request. */
  readonly context?: (() => ConditionContext) | undefined;
}

type Value = string | undefined;

const TYPES: Readonly<Record<PrincipalType, string>> = {
  Root: 'Account',
  User: 'User',
  AssumedRole: 'AssumedRole',
  FederatedUser: 'FederatedUser',
  Service: 'Service',
  Anonymous: 'Anonymous',
};

const isService = ({ type }: Principal): boolean => type === 'Service';
const isAnonymous = ({ type }: Principal): boolean => type === 'Anonymous';

/** By name in lower case. What a request does not have is undefined: policies see that the key is absent. */
type GlobalKey = (source: ContextSource, principal: Principal, clock: () => number) => Value;

const GLOBAL: ReadonlyMap<string, GlobalKey> = new Map(
  Object.entries<GlobalKey>({
    'aws:principalarn': (_source, principal) => (isAnonymous(principal) ? undefined : principal.issuerArn),
    'aws:principalaccount': (_source, principal) =>
      isService(principal) || isAnonymous(principal) ? undefined : principal.accountId,
    'aws:principaltype': (_source, { type }) => TYPES[type],
    'aws:principalisawsservice': (_source, principal) => String(isService(principal)),
    'aws:principalservicename': (_source, principal) => (isService(principal) ? principal.arn : undefined),
    'aws:userid': (_source, principal) => (isAnonymous(principal) ? undefined : principal.userId),
    'aws:username': (_source, { userName }) => userName,
    'aws:multifactorauthpresent': (_source, { session }) => session && String(session.mfa),
    'aws:tokenissuetime': (_source, { session }) => session && isoTime(session.issuedAt),
    'aws:sourceip': ({ request }) => request.origin.sourceIp,
    'aws:useragent': ({ request }) => request.origin.userAgent,
    'aws:securetransport': ({ request }) => String(request.origin.tls !== undefined),
    'aws:requestedregion': ({ request }) => request.region,
    'aws:currenttime': (_source, _principal, clock) => isoTime(clock()),
    'aws:epochtime': (_source, _principal, clock) => String(Math.floor(clock() / 1000)),
    'aws:viaawsservice': () => 'false',
    'aws:resourceaccount': ({ resourceAccountId }) => resourceAccountId,
  }),
);

const PRINCIPAL_TAG = 'aws:principaltag/';

export class RequestContext implements Context {
  readonly #source: ContextSource;
  readonly #clock: () => number;
  #added: Map<string, readonly string[]> | undefined;
  #ofSession: Map<string, readonly string[]> | undefined;

  /** @param clock milliseconds since 1970 */
  constructor(source: ContextSource, clock: () => number) {
    this.#source = source;
    this.#clock = clock;
  }

  values(key: string): readonly string[] | undefined {
    const { principal } = this.#source.request.caller;
    const global = GLOBAL.get(key);
    if (global !== undefined) {
      const value = global(this.#source, principal, this.#clock);
      return value === undefined ? undefined : [value];
    }
    if (key.startsWith(PRINCIPAL_TAG)) return tagValues(principal.tags, key.slice(PRINCIPAL_TAG.length));
    const value = this.#source.condition?.(key);
    if (value !== undefined) return typeof value === 'string' ? [value] : value;
    return this.#addedKeys().get(key) ?? this.#sessionKeys(principal).get(key);
  }

  #addedKeys(): Map<string, readonly string[]> {
    return (this.#added ??= lowerCaseKeys(Object.entries(this.#source.context?.() ?? {})));
  }

  #sessionKeys(principal: Principal): Map<string, readonly string[]> {
    return (this.#ofSession ??= lowerCaseKeys(principal.session?.keys ?? []));
  }
}

function lowerCaseKeys(entries: Iterable<readonly [string, ConditionValue]>): Map<string, readonly string[]> {
  const keys = new Map<string, readonly string[]>();
  for (const [name, value] of entries) addKey(keys, name, value);
  return keys;
}

/** Names of tags in condition keys are not case-sensitive. */
function tagValues(tags: ReadonlyMap<string, string>, name: string): readonly string[] | undefined {
  const values: string[] = [];
  for (const [key, value] of tags) if (key.toLowerCase() === name) values.push(value);
  return values.length === 0 ? undefined : values;
}

/** Whole seconds, as AWS has them. */
function isoTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}
