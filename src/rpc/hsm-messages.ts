/**
 * What an HSM process and its clients (KMS, the operator's tool, the operator agent) say to each other beside the
 * cryptographic verbs. Payloads are JSON; bytes in them are base64. One connection has at most one login.
 *
 * Requests that have no interface below: Initialize {certificate, trustAnchor}, both PEM; Activate {password};
 * LoginOfficer, CreateUser and SetUserPassword {name, password}; DeleteUser {name}; SetOfficerPassword {password};
 * EnrolPeer {user, peer: TransportKey}; ListPeers {user}; RemovePeer {user, hsmId}; ChangePassword {oldPassword,
 * newPassword}; DestroyKey, CheckKey, KeyAttributes and ForgetKey {materialId}; Inventory {user}; Drain {}; Undrain {};
 * UseApproval an Approval; SetQuorum a QuorumPolicy (quorum.ts); GetTransportKey {user} from the officer,
 * {} from the user itself. Answers: GetCertificateRequest {certificateRequest}, ExportKey {wrappedKey}, GetEpoch an Epoch
 * or null, ReadLog HsmLogEntry[], GetQuorum a QuorumPolicy or null, lists as arrays; verbs that answer nothing answer {}.
 */

export const HsmVerb = {
  // anyone who speaks TLS
  Describe: 32,
  Ping: 33,
  GetCertificateRequest: 34,
  /** Only while uninitialized: install certificate and trust anchor. */
  Initialize: 35,
  /** What the HSM's PKCS#11 module can do. */
  ModuleReport: 36,
  // crypto officer
  /** Only while initialized: set the officer's first password. */
  Activate: 48,
  LoginOfficer: 49,
  CreateUser: 50,
  DeleteUser: 51,
  ListUsers: 52,
  SetUserPassword: 53,
  SetOfficerPassword: 54,
  EnrolPeer: 55,
  ListPeers: 56,
  RemovePeer: 57,
  /** Keys and epoch of a user who is logged in; seen without a login as that user. */
  Inventory: 58,
  GetQuorum: 59,
  SetQuorum: 60,
  /** No logins of crypto users until Undrain or a restart; theirs end. */
  Drain: 61,
  Undrain: 62,
  // crypto user
  LoginUser: 64,
  Logout: 65,
  ChangePassword: 66,
  GenerateKey: 67,
  ExportKey: 68,
  ImportKey: 69,
  DestroyKey: 70,
  ListKeys: 71,
  CheckKey: 72,
  KeyAttributes: 73,
  /** Forget cached handles and message keys of one key. */
  ForgetKey: 74,
  GetEpoch: 75,
  SetEpoch: 76,
  GetTransportKey: 77,
  // officer or crypto user
  /** Gives this connection what several persons approved. */
  UseApproval: 80,
  /** Numbers for monitoring: counts, no names. */
  Vitals: 81,
  // log
  ReadLog: 96,
  /** The log as it is on disk, with the HSM's signature over where it stands: what delivery and verification read. */
  ReadLogText: 97,
} as const;

export const HsmErrorCode = {
  wrongState: 'WRONG_STATE',
  invalidCertificate: 'INVALID_CERTIFICATE',
  userNotFound: 'USER_NOT_FOUND',
  userExists: 'USER_EXISTS',
  userOwnsKeys: 'USER_OWNS_KEYS',
  /** Wrong password; counts toward the lock. */
  loginFailed: 'LOGIN_FAILED',
  /** Locked after five wrong passwords until the crypto officer sets a new one. */
  userLocked: 'USER_LOCKED',
  /** Another owner is logged in as this user. */
  userLoggedIn: 'USER_LOGGED_IN',
  invalidPassword: 'INVALID_PASSWORD',
  /** The HSM is drained: no crypto user logs in. */
  draining: 'DRAINING',
  /** The quorum's approvers must sign this first. */
  approvalRequired: 'APPROVAL_REQUIRED',
  /** Too few signatures, used before, expired, or for something else. */
  approvalRefused: 'APPROVAL_REFUSED',
  peerNotEnrolled: 'PEER_NOT_ENROLLED',
  keyExists: 'KEY_EXISTS',
  importFailed: 'IMPORT_FAILED',
  /** The token cannot be used: it is damaged and has no copy. */
  tokenDamaged: 'TOKEN_DAMAGED',
  moduleFailed: 'MODULE_FAILED',
  /** A member of the request is missing or wrong; the message names it. */
  badRequest: 'BAD_REQUEST',
} as const;

/** States of one HSM (CloudHSM: a cluster's state follows its first HSM's). */
export type HsmState = 'UNINITIALIZED' | 'INITIALIZED' | 'ACTIVE';

export interface HsmDescription {
  hsmId: string;
  clusterId: string;
  availabilityZone: string;
  state: HsmState;
  /** Random per process life; changes when the HSM restarted. */
  bootId: string;
  module: { manufacturer: string; description: string; version: string };
  /** PEM, once initialized. */
  certificate?: string;
  /** No crypto user may log in (Drain). */
  draining?: true;
}

/** Something that Claviger needs of a module, and that this one lacks. */
export interface ModuleGap {
  /** Such as CKM_AES_KEY_WRAP. */
  what: string;
  /** Plain words: what does not work then. */
  then: string;
}

export interface ModuleReport {
  module: { manufacturer: string; description: string; version: string };
  /** Name in the list of known families, if it is one. */
  family?: string;
  /** What is known of the family, in plain words. */
  notes: readonly string[];
  gaps: readonly ModuleGap[];
}

/** How full an HSM is: counts only. */
export interface HsmVitals {
  /** Connections that are open, logged in or not. */
  connections: number;
  /** Of them, those on which a crypto user or the officer is logged in: CloudHSM's sessions. */
  sessions: number;
  /** The officer included. */
  users: number;
  /** Of users that are logged in: an HSM does not see keys of others. */
  keys: number;
  /** Unwrapped message keys that the module holds for encryption and decryption. */
  messageKeys: number;
}

/** What is in a crypto user's partition; keys and epoch only while the user is logged in: nobody else sees them. */
export interface Inventory {
  loggedIn: boolean;
  keys?: { materialId: string; label: string; check?: string }[];
  epoch?: Epoch | null;
}

export type HsmUserType = 'CRYPTO_OFFICER' | 'CRYPTO_USER';

export interface HsmUser {
  name: string;
  type: HsmUserType;
  locked: boolean;
  /** A session of this user is open. */
  loggedIn: boolean;
}

export interface LoginUserRequest {
  name: string;
  password: string;
  /** Who uses the login: one owner may hold it on many connections, a second owner gets USER_LOGGED_IN. */
  owner: string;
}

/** The public half of an HSM's transport key pair (RSA-3072): what its peers wrap keys under. */
export interface TransportKey {
  hsmId: string;
  /** Both base64, big-endian. */
  modulus: string;
  publicExponent: string;
}

export interface GenerateKeyRequest {
  /** 32 hex digits, chosen by KMS before the key exists, so that a crash leaves nothing unknown. */
  materialId: string;
  /** The KMS key ARN. For people only. */
  label: string;
}

export interface KeyReport {
  materialId: string;
  /** 32 hex digits: key check value (first 16 bytes of the fixed test key wrapped under the key). */
  check: string;
  /** Decimal PKCS#11 object handle, as CloudTrail's backingKey shows it. */
  keyHandle: string;
}

/** Wrapped for the transport key of `peerHsmId`. */
export interface ExportKeyRequest {
  materialId: string;
  peerHsmId: string;
}

export interface ImportKeyRequest {
  materialId: string;
  label: string;
  /** base64. */
  wrappedKey: string;
  /** 32 hex digits: a key with another check value is refused (IMPORT_FAILED) and not kept. */
  check?: string;
}

/** What an auditor asks about a key object; read from the module, never assumed. */
export interface KeyAttributes {
  materialId: string;
  label: string;
  keyHandle: string;
  attributes: Record<string, boolean | number | string>;
}

/** Guards against an HSM that was rolled back: raised at each creation and at least hourly. */
export interface Epoch {
  clusterId: string;
  hsmId: string;
  /** Random id of the database's life: a restored database gets a new one. */
  incarnation: string;
  counter: number;
}

export interface ReadLogRequest {
  /** First sequence number wanted. */
  from: number;
  limit: number;
}

export interface ReadLogTextRequest {
  /** First sequence number wanted. */
  from: number;
  /** Bytes of text at most; a line is never cut. */
  maxBytes: number;
}

export interface LogText {
  /** Whole lines with their line feeds, entry `from` first; empty when the log does not reach there. */
  text: string;
  /** The log's end on disk when this was answered. */
  checkpoint: LogCheckpoint;
}

/** What an HSM signs of its log (src/hsm-log/checkpoint.ts). */
export interface LogCheckpoint {
  /** Entries up to here; the sequence number of the next one. */
  entries: number;
  /** Microseconds since 1970: every entry of an earlier time is among them. */
  timeMicros: number;
  /** Chain value after the last of them. */
  chain: string;
  /** base64. */
  signature: string;
}

export interface HsmLogEntry {
  sequence: number;
  /** Microseconds since 1970. */
  timeMicros: number;
  /** Name as CloudHSM's audit log has it, such as CN_GENERATE_KEY; USE_KEY for a compact use record. */
  opcode: string;
  session: number;
  /** 0 is success. */
  response: number;
  userName?: string;
  userType?: HsmUserType;
  materialId?: string;
  keyHandle?: string;
  /** Of a use: which verb, and the KMS request id. */
  use?: { verb: string; requestId: string };
  /** Hex SHA-256 chain value after this entry. */
  chain: string;
}
