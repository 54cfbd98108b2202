/**
 * Who may sign requests: access keys of root users and users, with their secrets opened once and kept in memory, and
 * temporary credentials, which say themselves whose they are. As the verifier needs them for every request.
 */
import { rootCaller } from '../access/caller.ts';
import type { Caller } from '../access/caller.ts';
import type { BuiltinKeyStore } from '../keystores/builtin/builtin-key-store.ts';
import type { AccessKeySeal } from '../services/iam/access-keys.ts';
import { createAccount } from '../services/iam/accounts.ts';
import { userCaller } from '../services/iam/callers.ts';
import type { AccessKey } from '../services/iam/entities.ts';
import { LastUses } from '../services/iam/last-uses.ts';
import { loadPrincipals } from '../services/iam/loading.ts';
import type { Principals } from '../services/iam/principals.ts';
import { createSessionTokens } from '../services/sts/session-token.ts';
import type { SessionTokens } from '../services/sts/session-token.ts';
import { sessionCaller, sessionOf } from '../services/sts/sessions.ts';
import type { RowMac } from '../storage/row-mac.ts';
import type { Database } from '../storage/store.ts';
import type { CallerCredentials } from './router.ts';

export interface RootCredentials {
  accountId: string;
  accessKeyId: string;
  secretAccessKey: string;
}

export interface Identities {
  /** Of the first account. */
  readonly root: RootCredentials;
  readonly principals: Principals;
  readonly lastUses: LastUses;
  readonly tokens: SessionTokens;
  readonly secrets: AccessKeySeal;
  find(accessKeyId: string, sessionToken: string | undefined): CallerCredentials | undefined;
  /**
   * Who calls with these credentials, as memory has him now; undefined when they are gone or inactive, or the user or role of
   * a session is gone.
   */
  current(caller: Caller): Caller | undefined;
  /** Notes the use of an access key or role. @param service signing name @param now milliseconds since 1970 */
  used(caller: Caller, service: string, region: string, now: number): void;
}

interface IdentityPorts {
  db: Database;
  mac: RowMac;
  builtin: BuiltinKeyStore;
  clock: () => number;
  /** The account that a new installation begins with; random when undefined. */
  accountId: string | undefined;
  /** The installation is not new: its database has accounts. */
  established: boolean;
}

const SECRET_PURPOSE = 'access-key-secret';
/** Of sessions that are kept opened; the oldest goes first. */
const MAX_SESSIONS = 10_000;

/**
 * Reads the principals; a new installation gets its first account and its root user's access key.
 * @throws Error when the database of one that is not new has no account: it is another database, or what was in it is lost
 */
export async function loadIdentities(ports: IdentityPorts): Promise<Identities> {
  const { db, mac, builtin, clock } = ports;
  const secrets: AccessKeySeal = {
    seal: (id, secret) => builtin.seal(SECRET_PURPOSE, id, Buffer.from(secret)),
    unseal: async (id, sealed) => (await builtin.unseal(SECRET_PURPOSE, id, sealed)).toString(),
  };
  const principals = await loadPrincipals({ db, mac, secrets });
  if (principals.accounts().length === 0) {
    if (ports.established)
      throw new Error(
        'the database is empty, and this installation is not new: the configuration names another one than before (database), ' +
          'its rows were not moved yet (claviger migrate), or it must be restored from a backup',
      );
    const name = null;
    await createAccount({ db, mac, secrets, principals, clock }, { accountId: ports.accountId, name });
  }
  const tokens = createSessionTokens(await builtin.sessionTokenKey());
  const lastUses = new LastUses(db);
  const find = createLookup(principals, tokens);
  return {
    get root() {
      return rootOf(principals);
    },
    principals,
    lastUses,
    tokens,
    secrets,
    find,
    current(caller) {
      if (caller.principal.type === 'Anonymous') return caller;
      const session = sessionOf(caller);
      return session === undefined
        ? find(caller.accessKeyId, undefined)?.caller
        : sessionCaller(principals, session, caller.accessKeyId);
    },
    used({ principal, accessKeyId }, service, region, now) {
      if (principal.type === 'AssumedRole')
        lastUses.note(principal.userId.slice(0, principal.userId.indexOf(':')), service, region, now);
      else if (principal.session === undefined) lastUses.note(accessKeyId, service, region, now);
    },
  };
}

function rootOf(principals: Principals): RootCredentials {
  const accountId = principals.accounts()[0]?.accountId ?? '';
  const key = principals.accessKeysOf(accountId).find(({ status }) => status === 'Active');
  if (key === undefined) throw new Error('no active access key of the first root user is left');
  return { accountId, accessKeyId: key.accessKeyId, secretAccessKey: key.secretAccessKey };
}

/** Callers are made once and kept until anything in IAM changes. */
function createLookup(principals: Principals, tokens: SessionTokens): Identities['find'] {
  const longTerm = new Map<string, CallerCredentials | undefined>();
  const temporary = new Map<string, { accessKeyId: string; credentials: CallerCredentials }>();
  let version = principals.version;

  const openSession = (accessKeyId: string, token: string): CallerCredentials | undefined => {
    const known = temporary.get(token);
    if (known !== undefined) return known.accessKeyId === accessKeyId ? known.credentials : undefined;
    const opened = tokens.open(accessKeyId, token);
    const caller = opened && sessionCaller(principals, opened.session, accessKeyId);
    if (opened === undefined || caller === undefined) return undefined;
    const credentials: CallerCredentials = {
      secretAccessKey: opened.secretAccessKey,
      sessionToken: token,
      expiresAt: new Date(opened.session.expiresAt),
      caller,
    };
    if (temporary.size >= MAX_SESSIONS) temporary.delete(temporary.keys().next().value as string);
    temporary.set(token, { accessKeyId, credentials });
    return credentials;
  };

  return (accessKeyId, sessionToken) => {
    if (version !== principals.version) {
      version = principals.version;
      longTerm.clear();
      temporary.clear();
    }
    if (sessionToken !== undefined && accessKeyId.startsWith('ASIA'))
      return openSession(accessKeyId, sessionToken);
    const known = longTerm.get(accessKeyId);
    if (known !== undefined) return known;
    const key = principals.accessKey(accessKeyId);
    const credentials = key && credentialsOf(principals, key);
    if (credentials !== undefined) longTerm.set(accessKeyId, credentials);
    return credentials;
  };
}

function credentialsOf(principals: Principals, key: AccessKey): CallerCredentials | undefined {
  if (key.status !== 'Active') return undefined;
  const { secretAccessKey, accessKeyId } = key;
  if (key.userId === undefined) return { secretAccessKey, caller: rootCaller(key.accountId, accessKeyId) };
  const user = principals.byId(key.userId);
  return user?.kind === 'user' ? { secretAccessKey, caller: userCaller(user, accessKeyId) } : undefined;
}
