/**
 * The partition's epoch object (CKO_DATA): KMS raises it, and knows by it a token that was rolled back. It is looked for once in a
 * login: C_FindObjects looks at every object, which takes long where there are thousands.
 */
import pkcs11js from 'pkcs11js';
import { attempt } from '../pkcs11/errors.ts';
import { findObjects, readAttributes } from '../pkcs11/module.ts';
import { EPOCH_SEARCH, epochObject } from '../pkcs11/templates.ts';
import type { Epoch } from '../rpc/hsm-messages.ts';
import type { Handle } from '../pkcs11/module.ts';
import type { OpenPartition } from './keys.ts';
import type { PartitionLogin } from './partition.ts';
import type { Uncommitted } from './key-work.ts';

/** @returns undefined when none was ever set. After a crash between creation and removal the higher one counts. */
export function readEpoch({ login }: OpenPartition): Epoch | undefined {
  if (login.epoch.length > 0) {
    try {
      return newest(login);
    } catch {
      login.epoch = []; // no longer there: the token is another than it was
    }
  }
  login.epoch = search(login);
  return newest(login);
}

function search({ session }: PartitionLogin): Handle[] {
  return findObjects(session.module, session.work, EPOCH_SEARCH);
}

function newest({ epoch, session }: PartitionLogin): Epoch | undefined {
  return epoch
    .flatMap((object) => readAttributes(session.module, session.work, object, [pkcs11js.CKA_VALUE]))
    .map((value) => JSON.parse(value.toString('utf8')) as Epoch)
    .sort((a, b) => b.counter - a.counter)[0];
}

/** An epoch that could not be made durable may stay: one that is ahead of its record does no harm. */
export function writeEpoch({ serial, login }: OpenPartition, epoch: Epoch): Uncommitted<undefined> {
  const { session } = login;
  const { calls } = session.module;
  const before = login.epoch.length > 0 ? login.epoch : search(login);
  login.epoch = [];
  const { clusterId, hsmId, incarnation, counter } = epoch;
  const value = Buffer.from(JSON.stringify({ clusterId, hsmId, incarnation, counter }));
  const made = attempt(() => calls.C_CreateObject(session.objects, epochObject(value)));
  for (const object of before) attempt(() => calls.C_DestroyObject(session.objects, object));
  login.epoch = [made];
  return { result: undefined, serial, undo: () => {} };
}
