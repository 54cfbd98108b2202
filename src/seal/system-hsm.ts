/**
 * The system HSM: the token that holds the root key of the built-in key store. With SoftHSM (the default) this file makes
 * the token and keeps its files safe (token-files.ts); any other module brings a token that is ready, and its PIN.
 *
 *     system-hsm.json   what is here; written last: without it the folder is an unfinished first start
 *     pin.sealed        the PIN under the host secret (absent when a PIN file gives the PIN)
 *     softhsm2.conf     written at each start
 *     tokens/ copies/   SoftHSM's files and their synced copies
 */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { attempt, isFailure, pkcs11Failure } from '../pkcs11/errors.ts';
import {
  finaliseModule,
  findToken,
  initialiseModule,
  listTokens,
  loadModule,
  login,
  openSession,
} from '../pkcs11/module.ts';
import type { Pkcs11Module } from '../pkcs11/module.ts';
import { makePrivateFolder, replaceFile } from '../files/durable.ts';
import { openPin, readHostSecret, readOrCreateHostSecret, sealPin } from './host-secret.ts';
import { findRootKey, generateRootKey, rootKeySeal } from './root-key.ts';
import type { TokenSession } from './root-key.ts';
import { SealError } from './seal.ts';
import type { OpeningSeal } from './seal.ts';
import { preserveTokenFiles, restoreTokenFiles } from './token-files.ts';
import type { TokenFiles } from './token-files.ts';

/** Where distributions put SoftHSM: Debian, Fedora, Arch and Alpine. */
const SOFTHSM_PATHS = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/lib64/softhsm/libsofthsm2.so',
  '/usr/lib/libsofthsm2.so',
] as const;

export const DEFAULT_TOKEN_LABEL = 'claviger-system';

export interface SystemHsmOptions {
  /** The folder that this file owns; its parent exists. */
  folder: string;
  /** Absolute path of the PKCS#11 module; SoftHSM where it is installed when not given. */
  modulePath?: string | undefined;
  /** Default `claviger-system`. */
  tokenLabel?: string | undefined;
  /** Where the host secret is or will be made. Not used with `pinFile`. */
  hostSecretFile: string;
  /** A file that holds the PIN (a systemd credential): nothing is then sealed with the host secret. */
  pinFile?: string | undefined;
}

export interface SystemHsm {
  seal: OpeningSeal;
  /** Hex CKA_ID of the root key. */
  rootKeyId: string;
  /** Files that were damaged and put back from their copies at this start. */
  restoredFiles: readonly string[];
  /** C_Finalize: the seal is of no use afterwards. */
  close(): void;
}

/** The module's path is not in it: whoever can write the folder must not choose which library this process loads. */
interface Manifest {
  format: 'claviger-system-hsm/1';
  tokenLabel: string;
  rootKeyId: string;
  /** SoftHSM only. */
  files: TokenFiles;
}

/** Whether the folder holds a system HSM whose first start was finished. */
export function systemHsmExists(folder: string): boolean {
  return existsSync(join(folder, 'system-hsm.json'));
}

/**
 * Makes the token (SoftHSM), its PIN and the root key. What an unfinished attempt left is removed.
 * @throws SealError TOKEN_UNUSABLE, PIN_WRONG, HOST_SECRET_UNSAFE
 */
export function createSystemHsm(options: SystemHsmOptions): SystemHsm {
  const { folder } = options;
  if (systemHsmExists(folder)) throw new SealError('TOKEN_UNUSABLE', `${folder} holds a system HSM already`);
  const modulePath = options.modulePath ?? installedSoftHsm();
  const tokenLabel = options.tokenLabel ?? DEFAULT_TOKEN_LABEL;
  rmSync(folder, { recursive: true, force: true });
  makePrivateFolder(join(folder, 'tokens'));
  const pin =
    options.pinFile === undefined ? newPin(folder, options.hostSecretFile) : readPinFile(options.pinFile);

  return withModule(modulePath, folder, (module) => {
    if (isSoftHsm(modulePath)) createSoftHsmToken(module, tokenLabel, pin);
    const token = loginToToken(module, tokenLabel, pin);
    const id = randomBytes(16);
    generateRootKey(token, id);
    const seal = rootKeySeal(token, findRootKey(token, id));
    const files = isSoftHsm(modulePath)
      ? preserveTokenFiles(join(folder, 'tokens'), join(folder, 'copies'))
      : {};
    const rootKeyId = id.toString('hex');
    const manifest: Manifest = { format: 'claviger-system-hsm/1', tokenLabel, rootKeyId, files };
    replaceFile(join(folder, 'system-hsm.json'), `${JSON.stringify(manifest, null, 2)}\n`);
    return { seal, rootKeyId, restoredFiles: [], close: () => finaliseModule(module) };
  });
}

/**
 * Opens the system HSM: puts damaged files back, logs in (once in the life of the process), finds the root key.
 * @throws SealError TOKEN_UNUSABLE, PIN_MISSING, PIN_WRONG, ROOT_KEY_MISSING, HOST_SECRET_MISSING / _UNSAFE / _WRONG
 */
export function openSystemHsm(options: SystemHsmOptions): SystemHsm {
  const { folder } = options;
  const manifest = readManifest(folder);
  const modulePath = options.modulePath ?? installedSoftHsm();
  const { restored, lost } = restoreTokenFiles(
    join(folder, 'tokens'),
    join(folder, 'copies'),
    manifest.files,
  );
  if (lost.length > 0) {
    throw new SealError(
      'TOKEN_UNUSABLE',
      `the system HSM's files ${lost.join(', ')} and their copies are damaged: ` +
        'recover the key store with two shares of the recovery kit',
    );
  }
  const pin =
    options.pinFile === undefined ? readPin(folder, options.hostSecretFile) : readPinFile(options.pinFile);
  return withModule(modulePath, folder, (module) => {
    const token = loginToToken(module, options.tokenLabel ?? manifest.tokenLabel, pin);
    const rootKey = findRootKey(token, Buffer.from(manifest.rootKeyId, 'hex'));
    return {
      seal: rootKeySeal(token, rootKey),
      rootKeyId: manifest.rootKeyId,
      restoredFiles: restored,
      close: () => finaliseModule(module),
    };
  });
}

function installedSoftHsm(): string {
  const path = SOFTHSM_PATHS.find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  throw new SealError(
    'TOKEN_UNUSABLE',
    'SoftHSM is not installed (package softhsm2), and no other module is configured',
  );
}

function isSoftHsm(modulePath: string): boolean {
  return basename(modulePath).startsWith('libsofthsm2');
}

function readManifest(folder: string): Manifest {
  const path = join(folder, 'system-hsm.json');
  try {
    const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
    if (manifest.format === 'claviger-system-hsm/1') return manifest;
  } catch {
    // told below
  }
  throw new SealError(
    'TOKEN_UNUSABLE',
    `${path} is missing or damaged, and domain keys depend on it: restore the folder, or recover the key store with ` +
      'two shares of the recovery kit',
  );
}

/** A random PIN, sealed; the unsealed one lives in this process only. */
function newPin(folder: string, hostSecretFile: string): string {
  const pin = randomPin();
  const hostSecret = readOrCreateHostSecret(hostSecretFile);
  const bytes = Buffer.from(pin);
  replaceFile(join(folder, 'pin.sealed'), sealPin(hostSecret, bytes));
  hostSecret.fill(0);
  bytes.fill(0);
  return pin;
}

function readPin(folder: string, hostSecretFile: string): string {
  const path = join(folder, 'pin.sealed');
  if (!existsSync(path)) {
    throw new SealError('PIN_MISSING', `${path} is not there: give the PIN with CLAVIGER_SYSTEM_PIN_FILE`);
  }
  const hostSecret = readHostSecret(hostSecretFile);
  try {
    const bytes = openPin(hostSecret, readFileSync(path));
    const pin = bytes.toString('latin1');
    bytes.fill(0);
    return pin;
  } finally {
    hostSecret.fill(0);
  }
}

function readPinFile(path: string): string {
  if (!existsSync(path)) throw new SealError('PIN_MISSING', `the PIN file ${path} is not there`);
  const pin = readFileSync(path, 'latin1').replace(/\r?\n$/, '');
  if (pin.length === 0) throw new SealError('PIN_MISSING', `the PIN file ${path} is empty`);
  return pin;
}

/** 256 bits in 43 characters. PKCS#11 takes PINs as text, which JavaScript cannot wipe. */
function randomPin(): string {
  return randomBytes(32).toString('base64url');
}

/** Loads the module, and finalises it again when `use` fails. */
function withModule(modulePath: string, folder: string, use: (module: Pkcs11Module) => SystemHsm): SystemHsm {
  if (isSoftHsm(modulePath)) configureSoftHsm(folder);
  let module: Pkcs11Module;
  try {
    module = loadModule(modulePath);
    initialiseModule(module);
  } catch (error) {
    throw new SealError(
      'TOKEN_UNUSABLE',
      `the PKCS#11 module ${modulePath} does not start: ${reasonOf(error)}`,
    );
  }
  try {
    return use(module);
  } catch (error) {
    finaliseModule(module);
    if (error instanceof SealError) throw error;
    throw new SealError('TOKEN_UNUSABLE', `the system HSM cannot be used: ${reasonOf(error)}`);
  }
}

function configureSoftHsm(folder: string): void {
  const tokens = join(folder, 'tokens');
  // SoftHSM's configuration has neither quotes nor escapes.
  if (/[#\r\n]/.test(tokens))
    throw new SealError('TOKEN_UNUSABLE', `SoftHSM cannot use the folder ${tokens}`);
  const configuration = join(folder, 'softhsm2.conf');
  replaceFile(
    configuration,
    `directories.tokendir = ${tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n`,
  );
  process.env['SOFTHSM2_CONF'] = configuration;
}

/** The security officer's PIN is forgotten at once: nobody changes the user's PIN of this token, ever. */
function createSoftHsmToken(module: Pkcs11Module, label: string, pin: string): void {
  const free = listTokens(module).find((token) => !token.initialised);
  if (free === undefined) throw new SealError('TOKEN_UNUSABLE', 'SoftHSM offers no free slot');
  const officerPin = randomPin();
  attempt(() => module.calls.C_InitToken(free.slot, officerPin, label));
  const made = findToken(module, label);
  if (made === undefined) throw new SealError('TOKEN_UNUSABLE', 'SoftHSM did not make the token');
  const session = openSession(module, made.slot);
  login(module, session, 'securityOfficer', officerPin);
  attempt(() => {
    module.calls.C_InitPIN(session, pin);
    module.calls.C_Logout(session);
    module.calls.C_CloseSession(session);
  });
}

function loginToToken(module: Pkcs11Module, label: string, pin: string): TokenSession {
  const token = findToken(module, label);
  if (token === undefined)
    throw new SealError('TOKEN_UNUSABLE', `the module has no token with the label ${label}`);
  const session = openSession(module, token.slot);
  try {
    login(module, session, 'user', pin);
  } catch (error) {
    if (!isFailure(error, 'CKR_PIN_INCORRECT', 'CKR_PIN_LOCKED', 'CKR_PIN_LEN_RANGE')) throw error;
    throw new SealError('PIN_WRONG', `the system HSM does not take its PIN (${reasonOf(error)})`);
  }
  return { module, session };
}

function reasonOf(error: unknown): string {
  return pkcs11Failure(error).message;
}
