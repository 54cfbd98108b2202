/** The two key stores with keys that a test knows: the crypto process's verbs behind a socket, and a token of SoftHSM. */
import { mkdtempSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pkcs11js from 'pkcs11js';
import { checkValue } from '../../src/crypto-process/encrypted-key.ts';
import { cryptoProcessHandlers } from '../../src/crypto-process/handlers.ts';
import type { DomainKeys } from '../../src/crypto-process/domain-keys.ts';
import { createKeyCache } from '../../src/crypto-process/key-cache.ts';
import { createRandomPool } from '../../src/crypto-process/randomness.ts';
import { listen } from '../../src/crypto-process/socket.ts';
import { DerivedCipher } from '../../src/hsm/derived-keys.ts';
import type { KeyRecord } from '../../src/hsm/key-table.ts';
import { MessageCipher } from '../../src/hsm/message-keys.ts';
import { openPartitionSession } from '../../src/hsm/partition-session.ts';
import { RandomPool } from '../../src/hsm/randomness.ts';
import { BuiltinKeyStore } from '../../src/keystores/builtin/builtin-key-store.ts';
import type { KeyMaterial } from '../../src/keystores/key-store.ts';
import { attempt } from '../../src/pkcs11/errors.ts';
import * as driver from '../../src/pkcs11/module.ts';
import { KMS_KEY_UNWRAPPED } from '../../src/pkcs11/templates.ts';
import { RpcError } from '../../src/rpc/frames.ts';
import { SOFTHSM } from '../hsm/fixture.ts';

export interface StoredDomainKey {
  version: number;
  createdAt: string;
  /** Hex. */
  key: string;
}

function domainKeysOf({ version, createdAt, key }: StoredDomainKey): DomainKeys {
  const only = { version, createdAt, key: Buffer.from(key, 'hex') };
  return {
    newest: () => only,
    first: () => only,
    byVersion(wanted) {
      if (wanted !== version) throw new RpcError('DOMAIN_KEY_UNKNOWN', 'unknown');
      return only;
    },
    rotate: () => version,
    rotateWhenDue: () => false,
    recovery: { spki: Buffer.alloc(0), fingerprint: '' } as unknown as DomainKeys['recovery'],
    recoveryProvenAt: createdAt,
    confirmRecovery: () => {},
    close: () => {},
  };
}

/** The built-in key store over a domain key that is given. */
export async function builtinStore(
  domainKey: StoredDomainKey,
): Promise<{ store: BuiltinKeyStore; close: () => Promise<void> }> {
  const dir = mkdtempSync(join(tmpdir(), 'golden-'));
  const socket = join(dir, 'run', 'socket');
  const handlers = cryptoProcessHandlers({
    domainKeys: domainKeysOf(domainKey),
    keys: createKeyCache(10),
    fillRandom: createRandomPool(),
    requireRecoveryProof: false,
  });
  const server = await listen(socket, handlers);
  const store = new BuiltinKeyStore(() => socket);
  return {
    store,
    close: async () => {
      await store.close();
      server.close();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function builtinMaterial(id: string, encryptedKey: Buffer): KeyMaterial {
  const check = Buffer.from(checkValue(encryptedKey));
  return { id, ref: check, check, encryptedKey, handle: null, publicKey: null };
}

/** A token of SoftHSM that holds one KMS key of known bytes, and the HSM process's ciphers over it. */
export function hsmCipher(
  materialId: string,
  key: Buffer,
): { cipher: MessageCipher; derived: DerivedCipher; record: KeyRecord; close: () => void } {
  const dir = mkdtempSync(join(tmpdir(), 'golden-'));
  mkdirSync(join(dir, 'tokens'));
  const configuration = join(dir, 'softhsm2.conf');
  writeFileSync(configuration, `directories.tokendir = ${join(dir, 'tokens')}\nlog.level = ERROR\n`);
  process.env['SOFTHSM2_CONF'] = configuration;
  const module = driver.loadModule(SOFTHSM);
  driver.initialiseModule(module);
  const { calls } = module;
  const [free] = driver.listTokens(module);
  if (free === undefined) throw new Error('SoftHSM has no slot');
  attempt(() => calls.C_InitToken(free.slot, 'officer-pin', 'golden'));
  const slot = driver.findToken(module, 'golden')?.slot as driver.Handle;
  const officer = driver.openSession(module, slot);
  driver.login(module, officer, 'securityOfficer', 'officer-pin');
  attempt(() => {
    calls.C_InitPIN(officer, 'user-pin');
    calls.C_Logout(officer);
  });
  const session = openPartitionSession(module, slot);
  driver.login(module, session.objects, 'user', 'user-pin');
  const template = [...KMS_KEY_UNWRAPPED, { type: pkcs11js.CKA_VALUE, value: key }];
  const record: KeyRecord = {
    materialId,
    ref: Buffer.from(materialId, 'hex').toString('latin1'),
    label: 'golden',
    handle: attempt(() => calls.C_CreateObject(session.objects, template)),
    check: undefined,
    messageKey: undefined,
    ambiguous: false,
  };
  return {
    cipher: new MessageCipher(session),
    derived: new DerivedCipher(session, new RandomPool(session)),
    record,
    close: () => {
      driver.finaliseModule(module);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
