/** Encrypting and decrypting under symmetric keys: what Encrypt, Decrypt, ReEncrypt and the data key operations share. */
import { hiddenDenial } from '../../access/denial.ts';
import type { ApiError } from '../../aws/errors.ts';
import { CiphertextRejected } from '../../keystores/key-store.ts';
import type { KeyMaterial, KeyStore, KeyUseContext } from '../../keystores/key-store.ts';
import { decryptOaep, encryptOaep, isOaep, refuseContext } from './asymmetric-encryption.ts';
import type { Call } from './call.ts';
import { associatedData, encodeHeader, parseCiphertext } from './ciphertext.ts';
import type { ParsedCiphertext } from './ciphertext.ts';
import type { EncryptionContext } from './encryption-context.ts';
import { algorithmIncompatible, incorrectKey, internal, invalidCiphertext, validation } from './errors.ts';
import { externalUse } from './external-keys.ts';
import { keySpecRow } from './key-specs.ts';
import type { KmsKey } from './key.ts';
import type { OperationName } from './operation.ts';
import { findKey } from './pipeline.ts';

export const SYMMETRIC_DEFAULT = 'SYMMETRIC_DEFAULT';

/** One message on its way into a ciphertext. */
export interface Sealing {
  store: KeyStore;
  header: Buffer;
  use: KeyUseContext;
}

/** Prepares an encryption under the key's current material. */
export function sealing<N extends OperationName>(
  call: Call<N>,
  key: KmsKey,
  context: EncryptionContext | undefined,
): Sealing {
  const store = call.keyStoreOf(key);
  const material = key.material;
  if (material === null) throw internal();
  noteUse(call, key, material);
  const header = headerOf(key, store.suite, material);
  const aad = associatedData(header, context);
  return { store, header, use: useOf(call, key, material, aad) };
}

function useOf<N extends OperationName>(
  call: Call<N>,
  key: KmsKey,
  material: KeyMaterial,
  aad: Buffer,
): KeyUseContext {
  const { arn: keyArn } = key;
  return { material, keyArn, requestId: call.requestIdBytes, aad, external: externalUse(call, key) };
}

const headers = new WeakMap<KeyMaterial, Buffer>();

/** A key's header changes with its material only. */
function headerOf(key: KmsKey, suite: number, material: KeyMaterial): Buffer {
  let header = headers.get(material);
  if (header === undefined) {
    header = encodeHeader({ suite, keyId: key.keyId, materialPrefix: material.id.slice(0, 8) });
    headers.set(material, header);
  }
  return header;
}

/** Encrypts one message under the key with an algorithm that it has. @returns the ciphertext as callers get it */
export async function encryptUnder<N extends OperationName>(
  call: Call<N>,
  key: KmsKey,
  message: { algorithm: string; plaintext: Buffer; context: EncryptionContext | undefined },
): Promise<Buffer> {
  if (isOaep(message.algorithm)) return encryptOaep(call, key, message.algorithm, message.plaintext);
  const prepared = sealing(call, key, message.context);
  return blobOf(prepared, await prepared.store.encrypt(prepared.use, message.plaintext));
}

/** The ciphertext as callers get it. */
export function blobOf({ header }: Sealing, sealed: Buffer): Buffer {
  return Buffer.concat([header, sealed]);
}

/** A ciphertext on its way to being opened. */
export interface Source {
  key: KmsKey;
  /** Undefined for RSA's, and where the ciphertext is ignored. */
  ciphertext: ParsedCiphertext | undefined;
  /** Why the key that the caller named cannot open it: for `requireOpenable`, which only those hear who may use the key. */
  refusal?: ApiError;
}

/**
 * The key that a ciphertext was made with, and the ciphertext's parts. A key that the caller names must be that key; RSA's
 * ciphertexts tell nothing, so theirs must be named, and is believed (`ciphertext` is undefined then).
 * A key that is not there is denied like one that is there and that the caller may not use.
 * @throws ApiError InvalidCiphertextException, NotFoundException, ValidationException, AccessDeniedException
 */
export async function keyOfCiphertext<N extends OperationName>(
  call: Call<N>,
  action: string,
  blob: Buffer,
  identifier: string | undefined,
  algorithm: string | undefined,
): Promise<Source> {
  if (identifier !== undefined) return namedSource(call, action, identifier, { blob, algorithm });
  if (isOaep(algorithm)) {
    throw validation(`The key ID must be specified when the algorithm is ${algorithm}.`);
  }
  const ciphertext = parseCiphertext(blob);
  if (ciphertext === undefined) throw invalidCiphertext();
  return { key: await keyInRegion(call, action, ciphertext.keyId, 'ciphertext'), ciphertext };
}

/** The key with this id in the caller's account, or else in another one. @throws ApiError AccessDeniedException */
async function keyInRegion<N extends OperationName>(
  call: Call<N>,
  action: string,
  keyId: string,
  foundBy: 'ciphertext' | undefined,
): Promise<KmsKey> {
  const { catalog } = call.kms;
  const arn = call.arn(`key/${keyId}`);
  const key = (await catalog.find(arn)) ?? (await catalog.findInRegion(call.region, keyId));
  if (key === undefined || key.state === 'Deleting' || key.state === 'Creating') {
    throw hiddenDenial({ callerArn: call.caller.arn, action, resource: arn, foundBy });
  }
  return key;
}

/**
 * The key that the caller named, and whether it can open the ciphertext. For a ciphertext that names it too, its id alone does
 * also where it is another account's. AWS: API_Decrypt, "Cross-account use".
 * @param message undefined where the ciphertext is ignored
 * @throws ApiError NotFoundException, AccessDeniedException
 */
export async function namedSource<N extends OperationName>(
  call: Call<N>,
  action: string,
  identifier: string,
  message?: { blob: Buffer; algorithm: string | undefined },
): Promise<Source> {
  const ciphertext =
    message === undefined || isOaep(message.algorithm) ? undefined : parseCiphertext(message.blob);
  const key =
    ciphertext?.keyId === identifier
      ? await keyInRegion(call, action, identifier, undefined)
      : await findKey(call, identifier, 'any', action);
  const source: Source = { key, ciphertext: undefined };
  if (key.usage !== 'ENCRYPT_DECRYPT') return { ...source, refusal: incorrectKey() };
  if (message === undefined) return source;
  if (isOaep(message.algorithm) || keySpecRow(key.spec)?.kind === 'asymmetric') return source;
  if (ciphertext === undefined) return { ...source, refusal: invalidCiphertext() };
  return ciphertext.keyId === key.keyId ? { key, ciphertext } : { ...source, refusal: incorrectKey() };
}

/** Call it once the key is admitted. @throws ApiError IncorrectKeyException, InvalidCiphertextException */
export function requireOpenable({ refusal }: Source): void {
  if (refusal !== undefined) throw refusal;
}

/** DryRun with the modifier that leaves the ciphertext out of account. */
export function ignoresCiphertext(input: {
  DryRun?: boolean | undefined;
  DryRunModifiers?: readonly string[] | undefined;
}): boolean {
  return input.DryRun === true && input.DryRunModifiers?.includes('IGNORE_CIPHERTEXT') === true;
}

/**
 * Opens a ciphertext, symmetric or RSA's.
 * @throws CiphertextRejected, KeyStoreUnavailable
 */
export async function openCiphertext<N extends OperationName>(
  call: Call<N>,
  { key, ciphertext }: Source,
  message: { blob: Buffer; algorithm: string; context: EncryptionContext | undefined },
): Promise<{ plaintext: Buffer; material: KeyMaterial | null }> {
  if (isOaep(message.algorithm)) {
    const plaintext = await decryptOaep(call, key, message.algorithm, message.blob);
    return { plaintext, material: key.material };
  }
  if (ciphertext === undefined) throw new CiphertextRejected();
  return open(call, key, ciphertext, message.context);
}

async function open<N extends OperationName>(
  call: Call<N>,
  key: KmsKey,
  ciphertext: ParsedCiphertext,
  context: EncryptionContext | undefined,
): Promise<{ plaintext: Buffer; material: KeyMaterial }> {
  const store = call.keyStoreOf(key);
  const aad = associatedData(ciphertext.header, context);
  if (ciphertext.suite !== store.suite) throw new CiphertextRejected();
  for (const material of key.materials) {
    if (!material.id.startsWith(ciphertext.materialPrefix)) continue;
    try {
      const use = useOf(call, key, material, aad);
      noteUse(call, key, material);
      return { plaintext: await store.decrypt(use, ciphertext.sealed), material };
    } catch (error) {
      // Ids of imported material are not ours to choose: two of a key may begin with the same four bytes.
      if (!(error instanceof CiphertextRejected)) throw error;
    }
  }
  throw new CiphertextRejected();
}

/** KeyMaterialId of the API: keys in custom key stores have none, nor have asymmetric and HMAC keys. */
export function apiMaterialId(key: KmsKey, material: KeyMaterial | null): string | undefined {
  const symmetric = keySpecRow(key.spec)?.kind === 'symmetric';
  return symmetric && key.customKeyStoreId === null ? material?.id : undefined;
}

/** The same where an answer may be for an attested recipient, who is not told. AWS: API_Decrypt, KeyMaterialId. */
export function materialIdUnlessFor(
  recipient: object | undefined,
  key: KmsKey,
  material: KeyMaterial | null,
): string | undefined {
  return recipient === undefined ? apiMaterialId(key, material) : undefined;
}

/** @throws ApiError InvalidKeyUsageException */
export function requireEncryptionAlgorithm(key: KmsKey, algorithm: string | undefined): string {
  const wanted = algorithm ?? SYMMETRIC_DEFAULT;
  if (keySpecRow(key.spec)?.encryption?.includes(wanted) !== true)
    throw algorithmIncompatible(wanted, key.spec);
  return wanted;
}

/** @throws ApiError ValidationException for an algorithm that takes no encryption context */
export function requireContextSuits(context: EncryptionContext | undefined, algorithm: string): void {
  if (context !== undefined && isOaep(algorithm)) refuseContext(algorithm, context);
}

function noteUse<N extends OperationName>(call: Call<N>, key: KmsKey, material: KeyMaterial): void {
  if (call.operation.name === 'ReEncrypt') return; // it has two keys and notes them itself
  const { customKeyStoreId, externalKeyId: xksKeyId } = key;
  if (xksKeyId !== null) call.note({ customKeyStoreId, xksKeyId });
  else if (customKeyStoreId !== null) call.note({ customKeyStoreId });
  else call.note({ keyMaterialId: material.id });
}
