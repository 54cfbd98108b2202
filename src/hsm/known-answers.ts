/** Known-answer tests at each login: a module that computes wrong results must not serve. */
import { attempt } from '../pkcs11/errors.ts';
import { AES_KEY_GENERATION, aesGcm } from '../pkcs11/mechanisms.ts';
import type { Handle } from '../pkcs11/module.ts';
import { MESSAGE_KEY_GENERATED, knownAnswerKey } from '../pkcs11/templates.ts';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import type { PartitionSession } from './partition-session.ts';

/** AES-256-GCM, McGrew and Viega, "The Galois/Counter Mode of Operation", appendix B, test case 16. */
const VECTOR = {
  key: Buffer.from('feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308', 'hex'),
  nonce: Buffer.from('cafebabefacedbaddecaf888', 'hex'),
  aad: Buffer.from('feedfacedeadbeeffeedfacedeadbeefabaddad2', 'hex'),
  plaintext: Buffer.from(
    'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
    'hex',
  ),
  sealed: Buffer.from(
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662' +
      '76fc6ece0f4e1768cddf8853bb2d551b',
    'hex',
  ),
};

/** @throws RpcError MODULE_FAILED */
export function requireKnownAnswers(session: PartitionSession): void {
  const { calls } = session.module;
  const right = attempt(() => {
    const known = calls.C_CreateObject(session.objects, knownAnswerKey(VECTOR.key));
    const fresh = calls.C_GenerateKey(session.objects, AES_KEY_GENERATION, MESSAGE_KEY_GENERATED);
    try {
      return (
        encrypt(session, known).equals(VECTOR.sealed) &&
        decrypt(session, known, VECTOR.sealed).equals(VECTOR.plaintext) &&
        decrypt(session, fresh, encrypt(session, fresh)).equals(VECTOR.plaintext)
      );
    } finally {
      calls.C_DestroyObject(session.objects, known);
      calls.C_DestroyObject(session.objects, fresh);
    }
  });
  if (!right) throw new RpcError(HsmErrorCode.moduleFailed, 'the module failed its known-answer test');
}

function encrypt({ module, work }: PartitionSession, key: Handle): Buffer {
  module.calls.C_EncryptInit(work, aesGcm(VECTOR.nonce, VECTOR.aad), key);
  return module.calls.C_Encrypt(work, VECTOR.plaintext, Buffer.alloc(VECTOR.sealed.length));
}

function decrypt({ module, work }: PartitionSession, key: Handle, sealed: Buffer): Buffer {
  module.calls.C_DecryptInit(work, aesGcm(VECTOR.nonce, VECTOR.aad), key);
  return module.calls.C_Decrypt(work, sealed, Buffer.alloc(sealed.length));
}
