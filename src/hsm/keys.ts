/**
 * Making, copying, checking and destroying the KMS keys of a partition. What changes objects is a piece of `KeyWork`, which
 * makes it durable before it is answered.
 */
import pkcs11js from 'pkcs11js';
import { attempt, isFailure } from '../pkcs11/errors.ts';
import { AES_KEY_GENERATION, RSA_OAEP } from '../pkcs11/mechanisms.ts';
import { findObjects, readAttributes, ulongText } from '../pkcs11/module.ts';
import type { Handle } from '../pkcs11/module.ts';
import {
  CKA_COPYABLE,
  KMS_KEY_GENERATED,
  KMS_KEY_UNWRAPPED,
  TRANSPORT_KEY_BITS,
  kmsKeyInToken,
  kmsKeySearch,
} from '../pkcs11/templates.ts';
import { CryptoErrorCode } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import type { KeyAttributes, KeyReport } from '../rpc/hsm-messages.ts';
import { markKeyOwner } from './key-owners.ts';
import type { Uncommitted } from './key-work.ts';
import { checkFailed, computeCheck, newRecord, provenCheck, wrongAttributes } from './key-table.ts';
import type { KeyRecord } from './key-table.ts';
import { moduleFailed } from './gcm.ts';
import type { Partition, PartitionLogin } from './partition.ts';

/** A partition whose user is logged in. */
export type OpenPartition = Partition & { login: PartitionLogin };

/** @throws RpcError KEY_NOT_FOUND */
export function requireKey(login: PartitionLogin, id: Buffer): KeyRecord {
  const record = login.keys.get(id.toString('latin1'));
  if (record === undefined)
    throw new RpcError(CryptoErrorCode.keyNotFound, 'no key with this id is in the HSM');
  return record;
}

function report(login: PartitionLogin, record: KeyRecord): KeyReport {
  const check = provenCheck(login.session, record, login.testKey).toString('hex');
  return { materialId: record.materialId, check, keyHandle: ulongText(record.handle) };
}

/** @throws RpcError KEY_EXISTS, MODULE_FAILED */
export function generateKey(partition: OpenPartition, id: Buffer, label: string): Uncommitted<KeyReport> {
  return createKey(partition, id, label, () =>
    partition.login.session.module.calls.C_GenerateKey(
      partition.login.session.objects,
      AES_KEY_GENERATION,
      KMS_KEY_GENERATED,
    ),
  );
}

/**
 * Takes in a key that another HSM wrapped under this partition's transport key.
 * @param expectedCheck 16 bytes; a key with another check value is not kept
 * @throws RpcError KEY_EXISTS, IMPORT_FAILED, MODULE_FAILED
 */
export function importKey(
  partition: OpenPartition,
  id: Buffer,
  label: string,
  wrapped: Buffer,
  expectedCheck?: Buffer,
): Uncommitted<KeyReport> {
  const { session, testKey, transportKey } = partition.login;
  return createKey(partition, id, label, () => {
    const failed = new RpcError(HsmErrorCode.importFailed, 'this is not a key that was wrapped for this HSM');
    if (transportKey === undefined || wrapped.length !== TRANSPORT_KEY_BITS / 8) throw failed;
    let unwrapped: Handle;
    try {
      unwrapped = session.module.calls.C_UnwrapKey(
        session.objects,
        RSA_OAEP,
        transportKey,
        wrapped,
        KMS_KEY_UNWRAPPED,
      );
    } catch {
      throw failed;
    }
    if (expectedCheck === undefined) return unwrapped;
    if (computeCheck(session, unwrapped, testKey).equals(expectedCheck)) return unwrapped;
    attempt(() => session.module.calls.C_DestroyObject(session.objects, unwrapped));
    throw new RpcError(HsmErrorCode.importFailed, 'the key has another check value than expected');
  });
}

function createKey(
  partition: OpenPartition,
  id: Buffer,
  label: string,
  make: () => Handle,
): Uncommitted<KeyReport> {
  const { login, serial } = partition;
  const { session } = login;
  const { calls } = session.module;
  if (login.keys.has(id.toString('latin1'))) {
    throw new RpcError(HsmErrorCode.keyExists, 'a key with this id is in the HSM');
  }
  markKeyOwner(serial, true);
  let made: Handle | undefined;
  let stored: Handle | undefined;
  try {
    const draft = make();
    made = draft;
    const handle = calls.C_CopyObject(session.objects, draft, kmsKeyInToken(id, label));
    stored = handle;
    const wrong = wrongAttributes(session, handle);
    if (wrong.length > 0) throw checkFailed(`attributes ${wrong.join(', ')} are not those of a KMS key`);
    const record = newRecord(id, label, handle);
    const result = report(login, record);
    login.keys.set(record.ref, record);
    return { result, serial, undo: () => undoKey(partition, record.ref) };
  } catch (error) {
    if (stored !== undefined) discardOrKeep(partition, newRecord(id, label, stored));
    throw moduleFailed(error);
  } finally {
    if (made !== undefined) discard(partition, made);
  }
}

function discard(partition: OpenPartition, object: Handle): void {
  const { session } = partition.login;
  attempt(() => session.module.calls.C_DestroyObject(session.objects, object));
}

/** An object that cannot be removed, because the login has ended or the module fails, is one that no answer has named. */
function undoKey(partition: Partition, ref: string): void {
  const { login } = partition;
  const record = login?.keys.get(ref);
  if (login === undefined || record === undefined) return;
  discardOrKeep({ ...partition, login }, record);
}

/** An object that cannot be removed stays in the table, unusable: so the table names every key object that there is. */
function discardOrKeep(partition: OpenPartition, record: KeyRecord): void {
  const { keys } = partition.login;
  keys.delete(record.ref);
  try {
    discard(partition, record.handle);
  } catch {
    keys.set(record.ref, { ...record, ambiguous: true });
  }
}

/** The key wrapped under the trusted public key of a peer. @throws RpcError KEY_NOT_FOUND, PEER_NOT_ENROLLED, KEY_CHECK_FAILED */
export function exportKey(partition: OpenPartition, id: Buffer, peerHsmId: string): Buffer {
  const { login } = partition;
  const record = requireKey(login, id);
  provenCheck(login.session, record, login.testKey);
  const peer = login.peers.get(peerHsmId);
  if (peer === undefined) throw new RpcError(HsmErrorCode.peerNotEnrolled, `${peerHsmId} is not enrolled`);
  const { module, work } = login.session;
  try {
    return module.calls.C_WrapKey(work, RSA_OAEP, peer, record.handle, Buffer.alloc(TRANSPORT_KEY_BITS / 8));
  } catch (error) {
    throw moduleFailed(error);
  }
}

/** @returns false when there is no such object */
function isDiscarded(partition: OpenPartition, object: Handle): boolean {
  try {
    discard(partition, object);
    return true;
  } catch (error) {
    if (isFailure(error, 'CKR_OBJECT_HANDLE_INVALID')) return false;
    throw error;
  }
}

/**
 * Destroys every object with this id, and all that was derived from it. Does nothing when there is none. The table of keys knows
 * whether there is one or several: many are destroyed that never came to be here, and a search looks at every object.
 */
export function destroyKey(partition: OpenPartition, id: Buffer): Uncommitted<undefined> {
  const { login, serial } = partition;
  const record = login.keys.get(id.toString('latin1'));
  if (record !== undefined) {
    forgetDerived(login, record);
    login.keys.set(record.ref, { ...record, ambiguous: true }); // should this fail, the next attempt finds it
    if (record.ambiguous || !isDiscarded(partition, record.handle)) {
      for (const object of findObjects(login.session.module, login.session.work, kmsKeySearch(id)))
        discard(partition, object);
    }
    login.keys.delete(record.ref);
  }
  const committed = (): void => {
    if (login.keys.size === 0) markKeyOwner(serial, false);
  };
  return { result: undefined, serial, undo: () => {}, committed };
}

export function listKeys(login: PartitionLogin): { materialId: string; label: string; check?: string }[] {
  return Array.from(login.keys.values(), ({ materialId, label, check }) =>
    check === undefined ? { materialId, label } : { materialId, label, check: check.toString('hex') },
  );
}

/** Computes the check value anew. @throws RpcError KEY_NOT_FOUND, KEY_CHECK_FAILED */
export function checkKey(login: PartitionLogin, id: Buffer): KeyReport {
  const record = requireKey(login, id);
  record.check = undefined;
  return report(login, record);
}

/** Forgets what the process keeps of a key beside the object itself. */
export function forgetKey(login: PartitionLogin, id: Buffer): void {
  const record = login.keys.get(id.toString('latin1'));
  if (record === undefined) return;
  forgetDerived(login, record);
  record.check = undefined;
}

/** Destroys the session objects that go back to a key. */
function forgetDerived(login: PartitionLogin, record: KeyRecord): void {
  login.cipher.forget(record);
  login.derived.forget(record);
}

type AttributeForm = 'boolean' | 'ulong' | 'ulongs';

const SHOWN: Readonly<Record<string, readonly [type: number, form: AttributeForm]>> = {
  CLASS: [pkcs11js.CKA_CLASS, 'ulong'],
  KEY_TYPE: [pkcs11js.CKA_KEY_TYPE, 'ulong'],
  VALUE_LEN: [pkcs11js.CKA_VALUE_LEN, 'ulong'],
  TOKEN: [pkcs11js.CKA_TOKEN, 'boolean'],
  PRIVATE: [pkcs11js.CKA_PRIVATE, 'boolean'],
  SENSITIVE: [pkcs11js.CKA_SENSITIVE, 'boolean'],
  ALWAYS_SENSITIVE: [pkcs11js.CKA_ALWAYS_SENSITIVE, 'boolean'],
  EXTRACTABLE: [pkcs11js.CKA_EXTRACTABLE, 'boolean'],
  NEVER_EXTRACTABLE: [pkcs11js.CKA_NEVER_EXTRACTABLE, 'boolean'],
  WRAP_WITH_TRUSTED: [pkcs11js.CKA_WRAP_WITH_TRUSTED, 'boolean'],
  LOCAL: [pkcs11js.CKA_LOCAL, 'boolean'],
  ENCRYPT: [pkcs11js.CKA_ENCRYPT, 'boolean'],
  DECRYPT: [pkcs11js.CKA_DECRYPT, 'boolean'],
  WRAP: [pkcs11js.CKA_WRAP, 'boolean'],
  UNWRAP: [pkcs11js.CKA_UNWRAP, 'boolean'],
  SIGN: [pkcs11js.CKA_SIGN, 'boolean'],
  VERIFY: [pkcs11js.CKA_VERIFY, 'boolean'],
  DERIVE: [pkcs11js.CKA_DERIVE, 'boolean'],
  MODIFIABLE: [pkcs11js.CKA_MODIFIABLE, 'boolean'],
  COPYABLE: [CKA_COPYABLE, 'boolean'],
  ALLOWED_MECHANISMS: [pkcs11js.CKA_ALLOWED_MECHANISMS, 'ulongs'],
};

const SHOW: Readonly<Record<AttributeForm, (value: Buffer) => boolean | number | string>> = {
  boolean: (value) => value[0] === 1,
  ulong: (value) => Number(ulongText(value)),
  ulongs: (value) =>
    Array.from(
      { length: value.length / 8 },
      (_, at) => `0x${Number(ulongText(value.subarray(8 * at))).toString(16)}`,
    ).join(' '),
};

/** The attributes as the module has them. @throws RpcError KEY_NOT_FOUND, MODULE_FAILED */
export function keyAttributes(login: PartitionLogin, id: Buffer): KeyAttributes {
  const record = requireKey(login, id);
  const { session } = login;
  const names = Object.keys(SHOWN);
  try {
    const values = readAttributes(
      session.module,
      session.work,
      record.handle,
      Object.values(SHOWN).map(([type]) => type),
    );
    const attributes = names.map((name, at) => [
      name,
      SHOW[SHOWN[name]?.[1] ?? 'ulong'](values[at] ?? Buffer.alloc(8)),
    ]);
    const { materialId, label, handle } = record;
    return {
      materialId,
      label,
      keyHandle: ulongText(handle),
      attributes: Object.fromEntries(attributes) as KeyAttributes['attributes'],
    };
  } catch (error) {
    throw moduleFailed(error);
  }
}
