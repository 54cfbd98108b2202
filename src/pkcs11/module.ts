/**
 * The driver of a PKCS#11 module: loading it, its tokens, sessions and objects. What the objects look like is in
 * templates.ts, what the mechanisms take in mechanisms.ts. No users, files, policies or log here: those belong to the
 * process that owns the module. One module per process (a second C_Initialize answers
 * CKR_CRYPTOKI_ALREADY_INITIALIZED).
 */
import pkcs11js from 'pkcs11js';
import type { Handle, PKCS11, Template } from 'pkcs11js';
import { shareFunctionList } from '../native/addon.ts';
import { attempt } from './errors.ts';
import { moduleProfile } from './profiles.ts';

export type { Handle, Template };

export interface ModuleInfo {
  manufacturer: string;
  description: string;
  version: string;
}

/** Which of a module's tokens may be used; all when nothing is said. */
export interface TokenChoice {
  slot?: number;
  tokenLabel?: string;
}

export interface Pkcs11Module {
  /** As it was loaded: the native addon finds the same instance by it. */
  readonly path: string;
  /** The module's own file. */
  readonly file: string;
  /** Every call of PKCS#11; use it within `attempt`, so that errors are of one kind. */
  readonly calls: PKCS11;
  readonly choice: TokenChoice;
}

/** Fixed-length text fields of PKCS#11 are padded with blanks. */
function unpadded(text: string): string {
  return text.replace(/[\s\0]+$/, '');
}

/** dlopen only: no file of a token is touched yet, so that a process can give up its rights between this and `initialise`. */
export function loadModule(path: string, { slot, tokenLabel }: TokenChoice = {}): Pkcs11Module {
  const calls = new pkcs11js.PKCS11();
  const loaded = moduleProfile(path)?.instancePerCaller === true ? shareFunctionList(path) : path;
  attempt(() => calls.load(loaded));
  const choice = { ...(slot !== undefined && { slot }), ...(tokenLabel !== undefined && { tokenLabel }) };
  return { path: loaded, file: path, calls, choice };
}

/**
 * C_Initialize with CKF_OS_LOCKING_OK (asynchronous calls crash the process without it).
 * @throws Pkcs11Failure
 */
export function initialiseModule(module: Pkcs11Module): ModuleInfo {
  return attempt(() => {
    const libraryParameters = moduleProfile(module.file)?.parameters;
    module.calls.C_Initialize({
      flags: pkcs11js.CKF_OS_LOCKING_OK,
      ...(libraryParameters !== undefined && { libraryParameters }),
    });
    const info = module.calls.C_GetInfo();
    return {
      manufacturer: unpadded(info.manufacturerID),
      description: unpadded(info.libraryDescription),
      version: `${info.libraryVersion.major}.${info.libraryVersion.minor}`,
    };
  });
}

/** C_Finalize; the module must not be used afterwards. */
export function finaliseModule(module: Pkcs11Module): void {
  attempt(() => module.calls.C_Finalize());
}

export interface Token {
  slot: Handle;
  label: string;
  serial: string;
  /** C_InitToken was done. */
  initialised: boolean;
  /** C_InitPIN was done. */
  userPinInitialised: boolean;
}

/** All tokens that are present and may be used, initialised or not. Reading the list also makes SoftHSM offer a new free slot. */
export function listTokens(module: Pkcs11Module): Token[] {
  const { slot: only, tokenLabel } = module.choice;
  const tokens = attempt(() =>
    module.calls.C_GetSlotList(true).map((slot) => {
      const info = module.calls.C_GetTokenInfo(slot);
      return {
        slot,
        label: unpadded(info.label),
        serial: unpadded(info.serialNumber),
        initialised: (info.flags & pkcs11js.CKF_TOKEN_INITIALIZED) !== 0,
        userPinInitialised: (info.flags & pkcs11js.CKF_USER_PIN_INITIALIZED) !== 0,
      };
    }),
  );
  return tokens.filter(
    ({ slot, label }) =>
      (only === undefined || ulongText(slot) === String(only)) &&
      (tokenLabel === undefined || label === tokenLabel),
  );
}

/** The initialised token of this label, or undefined. @throws Error when two tokens carry it */
export function findToken(module: Pkcs11Module, label: string): Token | undefined {
  const found = listTokens(module).filter((token) => token.initialised && token.label === label);
  if (found.length > 1) throw new Error(`${found.length} tokens have the label ${label}`);
  return found[0];
}

/** A read-write session. @throws Pkcs11Failure */
export function openSession(module: Pkcs11Module, slot: Handle): Handle {
  return attempt(() =>
    module.calls.C_OpenSession(slot, pkcs11js.CKF_RW_SESSION | pkcs11js.CKF_SERIAL_SESSION),
  );
}

export type LoginAs = 'user' | 'securityOfficer';

/** C_Login, for all sessions of the token. @throws Pkcs11Failure CKR_PIN_INCORRECT among others */
export function login(module: Pkcs11Module, session: Handle, as: LoginAs, pin: string): void {
  attempt(() => module.calls.C_Login(session, as === 'user' ? pkcs11js.CKU_USER : pkcs11js.CKU_SO, pin));
}

/** Handles per call of C_FindObjects. */
const FIND_BATCH = 512;

/** All objects that match; linear in the number of objects of the token (2.1 ms with 90), so never on a hot path. */
export function findObjects(module: Pkcs11Module, session: Handle, template: Template): Handle[] {
  return attempt(() => {
    const found: Handle[] = [];
    module.calls.C_FindObjectsInit(session, template);
    try {
      for (;;) {
        const batch = module.calls.C_FindObjects(session, FIND_BATCH);
        found.push(...batch);
        if (batch.length < FIND_BATCH) return found;
      }
    } finally {
      module.calls.C_FindObjectsFinal(session);
    }
  });
}

/** The bytes of the attributes, in the order asked for. @throws Pkcs11Failure CKR_ATTRIBUTE_SENSITIVE among others */
export function readAttributes(
  module: Pkcs11Module,
  session: Handle,
  object: Handle,
  types: readonly number[],
): Buffer[] {
  return attempt(() =>
    module.calls
      .C_GetAttributeValue(
        session,
        object,
        types.map((type) => ({ type })),
      )
      .map((attribute) => attribute.value),
  );
}

/** CK_OBJECT_HANDLE and other CK_ULONGs as a decimal string: how CloudTrail's backingKey shows a handle. */
export function ulongText(bytes: Buffer): string {
  return bytes.readBigUInt64LE().toString();
}
