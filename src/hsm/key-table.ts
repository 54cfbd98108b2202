/**
 * The KMS keys of a partition in memory: built by one search at login, so that no use of a key searches (C_FindObjects is
 * linear: 2.1 ms with 90 objects). Handles are those of this login; check values are computed, never stored.
 */
import { createHash } from 'node:crypto';
import pkcs11js from 'pkcs11js';
import { attempt } from '../pkcs11/errors.ts';
import { AES_KEY_WRAP, WRAPPED_AES256_BYTES } from '../pkcs11/mechanisms.ts';
import { findObjects, readAttributes } from '../pkcs11/module.ts';
import type { Handle } from '../pkcs11/module.ts';
import { KMS_KEY_REQUIRED, kmsKeySearch, testKey, valueBytes } from '../pkcs11/templates.ts';
import { CryptoErrorCode } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import type { PartitionSession } from './partition-session.ts';
import type { MessageKey } from './message-keys.ts';

export interface KeyRecord {
  /** 32 hex digits. */
  readonly materialId: string;
  /** The same 16 bytes as latin1: the map's key, cheap to make from a request. */
  readonly ref: string;
  readonly label: string;
  handle: Handle;
  /** Computed at first use in this process life; 16 bytes. */
  check: Buffer | undefined;
  /** What new messages are encrypted with. */
  messageKey: MessageKey | undefined;
  /** More than one object has this id: none of them is used. */
  ambiguous: boolean;
}

export type KeyTable = Map<string, KeyRecord>;

/** The public key that every KMS key wraps to show which key it is (AES key wrap is deterministic). */
const TEST_KEY = createHash('sha256').update('claviger key check v1').digest();
const CHECK_BYTES = 16;

/** The test key as an object of this login. */
export function createTestKey(session: PartitionSession): Handle {
  return attempt(() => session.module.calls.C_CreateObject(session.objects, testKey(TEST_KEY)));
}

/** First 16 bytes of the test key wrapped under the key. @throws Pkcs11Failure */
export function computeCheck(session: PartitionSession, key: Handle, test: Handle): Buffer {
  const { calls } = session.module;
  const wrapped = attempt(() =>
    calls.C_WrapKey(session.work, AES_KEY_WRAP, key, test, Buffer.alloc(WRAPPED_AES256_BYTES)),
  );
  if (wrapped.length !== WRAPPED_AES256_BYTES) throw new Error('a wrapped test key has a wrong length');
  return Buffer.from(wrapped.subarray(0, CHECK_BYTES));
}

/**
 * Reads all keys of the token. `before` is the table of an earlier login of the same process life: its check values and
 * message keys go on living with the new handles.
 */
export function readKeyTable(session: PartitionSession, before: KeyTable = new Map()): KeyTable {
  const table: KeyTable = new Map();
  for (const handle of findObjects(session.module, session.work, kmsKeySearch())) {
    const [id, label] = readAttributes(session.module, session.work, handle, [
      pkcs11js.CKA_ID,
      pkcs11js.CKA_LABEL,
    ]);
    if (id?.length !== CHECK_BYTES || label === undefined) continue; // not made by an HSM process
    const record = newRecord(Buffer.from(id), label.toString('utf8'), handle);
    const same = table.get(record.ref);
    const earlier = before.get(record.ref);
    if (same !== undefined) same.ambiguous = true;
    else table.set(record.ref, { ...record, check: earlier?.check, messageKey: earlier?.messageKey });
  }
  return table;
}

export function newRecord(id: Buffer, label: string, handle: Handle): KeyRecord {
  return {
    materialId: id.toString('hex'),
    ref: id.toString('latin1'),
    label,
    handle,
    check: undefined,
    messageKey: undefined,
    ambiguous: false,
  };
}

/** Names of the attributes that are not what a KMS key's must be. */
export function wrongAttributes(session: PartitionSession, key: Handle): string[] {
  const read = readAttributes(
    session.module,
    session.work,
    key,
    KMS_KEY_REQUIRED.map(({ type }) => type),
  );
  return KMS_KEY_REQUIRED.filter(({ value }, at) => read[at]?.equals(valueBytes(value)) !== true).map(
    ({ type }) => `0x${type.toString(16)}`,
  );
}

/**
 * The key's check value, computed at its first use after its attributes were found right.
 * @throws RpcError KEY_CHECK_FAILED
 */
export function provenCheck(session: PartitionSession, record: KeyRecord, test: Handle): Buffer {
  if (record.check !== undefined && !record.ambiguous) return record.check;
  if (record.ambiguous) throw checkFailed('more than one object has this id');
  try {
    const wrong = wrongAttributes(session, record.handle);
    if (wrong.length > 0) throw checkFailed(`attributes ${wrong.join(', ')} are not those of a KMS key`);
    record.check = computeCheck(session, record.handle, test);
    return record.check;
  } catch (error) {
    throw error instanceof RpcError ? error : checkFailed('the key object does not work');
  }
}

export function checkFailed(message: string): RpcError {
  return new RpcError(CryptoErrorCode.keyCheckFailed, message);
}
