/**
 * What a PKCS#11 module lacks of what Claviger needs, in plain words. Mechanisms are asked of the module
 * (C_GetMechanismInfo); what attributes do is tried out with session objects, because modules that store an attribute and
 * do not obey it exist.
 */
import pkcs11js from 'pkcs11js';
import { attempt, isFailure } from './errors.ts';
import { AES_KEY_GENERATION, AES_KEY_WRAP, WRAPPED_AES256_BYTES } from './mechanisms.ts';
import { listTokens, openSession, readAttributes } from './module.ts';
import type { Handle, Pkcs11Module, Template } from './module.ts';
import { moduleProfile } from './profiles.ts';
import { TRANSPORT_KEY_BITS } from './templates.ts';

/** Something that Claviger needs of a module, and that this one lacks. */
export interface ModuleGap {
  /** Such as CKM_AES_KEY_WRAP. */
  what: string;
  /** Plain words: what does not work then. */
  then: string;
}

export interface Examination {
  /** Name in the list of known families, if it is one. */
  family?: string;
  /** What is known of the family, in plain words. */
  notes: readonly string[];
  /** Each of them keeps KMS keys from being made or used. */
  gaps: readonly ModuleGap[];
}

interface NeededMechanism {
  name: string;
  mechanism: number;
  /** CKF_… of C_GetMechanismInfo, all needed. */
  flags: readonly number[];
  /** The largest key, in bits, where it matters. */
  keyBits?: number;
  then: string;
}

const MECHANISMS: readonly NeededMechanism[] = [
  {
    name: 'CKM_AES_KEY_GEN',
    mechanism: pkcs11js.CKM_AES_KEY_GEN,
    flags: [pkcs11js.CKF_GENERATE],
    then: 'no KMS key can be made',
  },
  {
    name: 'CKM_AES_KEY_WRAP',
    mechanism: pkcs11js.CKM_AES_KEY_WRAP,
    flags: [pkcs11js.CKF_WRAP, pkcs11js.CKF_UNWRAP],
    then: 'KMS keys cannot wrap message keys, so nothing can be encrypted, and keys have no check value',
  },
  {
    name: 'CKM_AES_GCM',
    mechanism: pkcs11js.CKM_AES_GCM,
    flags: [pkcs11js.CKF_ENCRYPT, pkcs11js.CKF_DECRYPT],
    then: 'message keys cannot encrypt',
  },
  {
    name: 'CKM_RSA_PKCS_KEY_PAIR_GEN',
    mechanism: pkcs11js.CKM_RSA_PKCS_KEY_PAIR_GEN,
    flags: [pkcs11js.CKF_GENERATE_KEY_PAIR],
    keyBits: TRANSPORT_KEY_BITS,
    then: 'no transport key can be made, so keys cannot be cloned or put into escrow',
  },
  {
    name: 'CKM_RSA_PKCS_OAEP',
    mechanism: pkcs11js.CKM_RSA_PKCS_OAEP,
    flags: [pkcs11js.CKF_WRAP, pkcs11js.CKF_UNWRAP],
    then: 'keys cannot be cloned or put into escrow',
  },
];

/** Asks and tries out. The module is initialised; nobody is logged in, and nothing stays behind. */
export function examineModule(module: Pkcs11Module): Examination {
  const profile = moduleProfile(module.file);
  const attributes = missingAttributes(module);
  const gaps = [...missingMechanisms(module), ...(attributes ?? [])];
  const notes = [...(profile?.notes ?? []), ...(attributes === undefined ? [UNTRIED] : [])];
  const report = { notes, gaps };
  return profile === undefined ? report : { ...report, family: profile.family };
}

function missingMechanisms(module: Pkcs11Module): ModuleGap[] {
  const slots = listTokens(module).map(({ slot }) => slot);
  if (slots.length === 0)
    return [{ what: 'a token', then: 'the module shows no token: no crypto user can be created' }];
  return MECHANISMS.filter((needed) => !slots.some((slot) => offers(module, slot, needed))).map(
    ({ name, then }) => ({ what: name, then }),
  );
}

function offers(module: Pkcs11Module, slot: Handle, needed: NeededMechanism): boolean {
  try {
    const { flags, maxKeySize } = attempt(() => module.calls.C_GetMechanismInfo(slot, needed.mechanism));
    return needed.flags.every((flag) => (flags & flag) !== 0) && maxKeySize >= (needed.keyBits ?? 0);
  } catch (error) {
    if (isFailure(error, 'CKR_MECHANISM_INVALID')) return false;
    throw error;
  }
}

/** Attributes of a key that is only wrapped under trusted keys. */
const GUARDED: Template = [
  { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
  { type: pkcs11js.CKA_TOKEN, value: false },
  { type: pkcs11js.CKA_PRIVATE, value: false },
  { type: pkcs11js.CKA_SENSITIVE, value: true },
  { type: pkcs11js.CKA_EXTRACTABLE, value: true },
  { type: pkcs11js.CKA_WRAP_WITH_TRUSTED, value: true },
];
const WRAPPING: Template = [
  { type: pkcs11js.CKA_VALUE_LEN, value: 32 },
  { type: pkcs11js.CKA_TOKEN, value: false },
  { type: pkcs11js.CKA_PRIVATE, value: false },
  { type: pkcs11js.CKA_WRAP, value: true },
];

const UNTRIED =
  'What its attributes do was not tried, because no token is initialised or usable without a login: each key is checked when it is made.';

/** Tried in a session without login, on the first token that lets us; undefined when none does. */
function missingAttributes(module: Pkcs11Module): ModuleGap[] | undefined {
  for (const { slot, initialised } of listTokens(module)) {
    if (!initialised) continue;
    let session: Handle | undefined;
    try {
      session = openSession(module, slot);
      return tryTrustedWrapping(module, session);
    } catch {
      continue; // CKR_USER_NOT_LOGGED_IN, CKR_SESSION_READ_ONLY and the like: not known yet
    } finally {
      if (session !== undefined) module.calls.C_CloseSession(session);
    }
  }
  return undefined;
}

function tryTrustedWrapping(module: Pkcs11Module, session: Handle): ModuleGap[] {
  const { calls } = module;
  const own = attempt(() => calls.C_GenerateKey(session, AES_KEY_GENERATION, WRAPPING));
  const gap: ModuleGap = {
    what: 'CKA_WRAP_WITH_TRUSTED',
    then: 'whoever has the password of a crypto user could carry its keys out, so no KMS key is made',
  };
  let guarded: Handle;
  try {
    guarded = attempt(() => calls.C_GenerateKey(session, AES_KEY_GENERATION, GUARDED));
    const [set] = readAttributes(module, session, guarded, [pkcs11js.CKA_WRAP_WITH_TRUSTED]);
    if (set?.[0] !== 1) return [gap];
  } catch (error) {
    if (isFailure(error, 'CKR_ATTRIBUTE_TYPE_INVALID', 'CKR_TEMPLATE_INCONSISTENT')) return [gap];
    throw error;
  }
  try {
    attempt(() => calls.C_WrapKey(session, AES_KEY_WRAP, own, guarded, Buffer.alloc(WRAPPED_AES256_BYTES)));
    return [gap];
  } catch {
    return []; // refused, as it must be
  }
}
