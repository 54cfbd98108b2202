/** The partition's epoch object (CKO_DATA): KMS raises it, and knows by it a token that was rolled back. */
import pkcs11js from 'pkcs11js';
import { attempt } from '../pkcs11/errors.ts';
import { findObjects, readAttributes } from '../pkcs11/module.ts';
import { EPOCH_SEARCH, epochObject } from '../pkcs11/templates.ts';
import type { Epoch } from '../rpc/hsm-messages.ts';
import type { OpenPartition } from './keys.ts';
import type { Uncommitted } from './key-work.ts';

/** @returns undefined when none was ever set. After a crash between creation and removal the higher one counts. */
export function readEpoch({ login: { session } }: OpenPartition): Epoch | undefined {
  return findObjects(session.module, session.work, EPOCH_SEARCH)
    .flatMap((object) => readAttributes(session.module, session.work, object, [pkcs11js.CKA_VALUE]))
    .map((value) => JSON.parse(value.toString('utf8')) as Epoch)
    .sort((a, b) => b.counter - a.counter)[0];
}

/** An epoch that could not be made durable may stay: one that is ahead of its record does no harm. */
export function writeEpoch(
  { serial, login: { session } }: OpenPartition,
  epoch: Epoch,
): Uncommitted<undefined> {
  const { calls } = session.module;
  const before = findObjects(session.module, session.work, EPOCH_SEARCH);
  const { clusterId, hsmId, incarnation, counter } = epoch;
  const value = Buffer.from(JSON.stringify({ clusterId, hsmId, incarnation, counter }));
  attempt(() => calls.C_CreateObject(session.objects, epochObject(value)));
  for (const object of before) attempt(() => calls.C_DestroyObject(session.objects, object));
  return { result: undefined, serial, undo: () => {} };
}
