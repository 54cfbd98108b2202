/**
 * The sessions of one logged-in partition. Objects that live as long as the login hang on `objects`; operations run in
 * `work`, which is replaced after a failure, because a failed or unused operation stays active in its session
 * (CKR_OPERATION_ACTIVE) and objects die with the session that made them.
 */
import type { Handle, Pkcs11Module } from '../pkcs11/module.ts';
import { openSession } from '../pkcs11/module.ts';

export interface PartitionSession {
  readonly module: Pkcs11Module;
  readonly slot: Handle;
  /** Owns message keys and the login itself. */
  readonly objects: Handle;
  /** Runs operations. */
  work: Handle;
}

export function openPartitionSession(module: Pkcs11Module, slot: Handle): PartitionSession {
  return { module, slot, objects: openSession(module, slot), work: openSession(module, slot) };
}

/** After a failed operation: nothing of it is left for the next one. */
export function replaceWorkSession(session: PartitionSession): void {
  session.module.calls.C_CloseSession(session.work);
  session.work = openSession(session.module, session.slot);
}
