/**
 * The cryptographic verbs: the hot path. Each is one synchronous step with one record in the log, which is written before
 * the answer leaves. No search of objects, one buffer per answer.
 */
import { WRAPPED_AES256_BYTES } from '../pkcs11/mechanisms.ts';
import { CryptoErrorCode, CryptoVerb, decodeKeyUse, decodeRandom } from '../rpc/crypto-messages.ts';
import type { KeyUse } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import type { RpcHandler, RpcHandlers } from '../rpc/server.ts';
import type { Hsm, HsmSession } from './hsm.ts';
import { moduleFailed } from './gcm.ts';
import { checkFailed, provenCheck } from './key-table.ts';
import type { KeyRecord } from './key-table.ts';
import { sealedBytes } from './message-keys.ts';
import type { PartitionLogin } from './partition.ts';

/** API_Encrypt. */
const MAX_PLAINTEXT_BYTES = 4096;
/** API_GenerateDataKey, API_GenerateRandom. */
const MAX_RANDOM_BYTES = 1024;
/** What an XKS proxy must take (AWS KMS External Key Store Proxy API Specification, Encrypt). */
const MAX_EXTERNAL_PLAINTEXT_BYTES = 4300;

type UseVerb = (login: PartitionLogin, key: KeyRecord, use: KeyUse & { input: Buffer }) => Buffer;

export function cryptoHandlers(hsm: Hsm): RpcHandlers<HsmSession> {
  return {
    [CryptoVerb.Encrypt]: useHandler(hsm, 'Encrypt', encrypt),
    [CryptoVerb.Decrypt]: useHandler(hsm, 'Decrypt', decrypt),
    [CryptoVerb.GenerateDataKey]: useHandler(hsm, 'GenerateDataKey', generateDataKey),
    [CryptoVerb.GenerateDataKeyWithoutPlaintext]: useHandler(
      hsm,
      'GenerateDataKeyWithoutPlaintext',
      generateDataKeyWithoutPlaintext,
    ),
    [CryptoVerb.Random]: randomHandler(hsm),
    [CryptoVerb.GenerateDerivationKey]: useHandler(hsm, 'GenerateDerivationKey', generateDerivationKey),
    [CryptoVerb.EncryptDerived]: useHandler(hsm, 'EncryptDerived', encryptDerived),
    [CryptoVerb.DecryptDerived]: useHandler(hsm, 'DecryptDerived', decryptDerived),
  };
}

function encrypt(
  login: PartitionLogin,
  key: KeyRecord,
  { aad, input }: { aad: Buffer; input: Buffer },
): Buffer {
  const sealed = Buffer.allocUnsafe(sealedBytes(requireLength(input.length, MAX_PLAINTEXT_BYTES)));
  login.cipher.seal(key, aad, input, sealed, 0);
  return sealed;
}

function decrypt(
  login: PartitionLogin,
  key: KeyRecord,
  { aad, input }: { aad: Buffer; input: Buffer },
): Buffer {
  return login.cipher.open(key, aad, input);
}

/** The answer is the data key, then the store's part of its ciphertext. */
function generateDataKey(
  login: PartitionLogin,
  key: KeyRecord,
  { aad, input }: { aad: Buffer; input: Buffer },
): Buffer {
  const bytes = dataKeyLength(input);
  const answer = Buffer.allocUnsafe(bytes + sealedBytes(bytes));
  const dataKey = answer.subarray(0, bytes);
  login.random.fill(dataKey);
  login.cipher.seal(key, aad, dataKey, answer, bytes);
  return answer;
}

const scratch = Buffer.allocUnsafeSlow(MAX_RANDOM_BYTES);

function generateDataKeyWithoutPlaintext(
  login: PartitionLogin,
  key: KeyRecord,
  { aad, input }: { aad: Buffer; input: Buffer },
): Buffer {
  const bytes = dataKeyLength(input);
  const dataKey = scratch.subarray(0, bytes);
  try {
    login.random.fill(dataKey);
    return encrypt(login, key, { aad, input: dataKey });
  } finally {
    dataKey.fill(0);
  }
}

function generateDerivationKey(login: PartitionLogin, key: KeyRecord, { input }: { input: Buffer }): Buffer {
  if (input.length !== 0) throw badRequest();
  return login.derived.generate(key);
}

function encryptDerived(
  login: PartitionLogin,
  key: KeyRecord,
  { aad, input }: { aad: Buffer; input: Buffer },
): Buffer {
  const { wrapped, rest } = derivationInput(input);
  requireLength(rest.length, MAX_EXTERNAL_PLAINTEXT_BYTES);
  return login.derived.seal(key, wrapped, aad, rest);
}

function decryptDerived(
  login: PartitionLogin,
  key: KeyRecord,
  { aad, input }: { aad: Buffer; input: Buffer },
): Buffer {
  const { wrapped, rest } = derivationInput(input);
  return login.derived.open(key, wrapped, aad, rest);
}

function derivationInput(input: Buffer): { wrapped: Buffer; rest: Buffer } {
  if (input.length < WRAPPED_AES256_BYTES) throw badRequest();
  return { wrapped: input.subarray(0, WRAPPED_AES256_BYTES), rest: input.subarray(WRAPPED_AES256_BYTES) };
}

function dataKeyLength(input: Buffer): number {
  if (input.length !== 2) throw badRequest();
  return requireLength(input.readUInt16BE(0), MAX_RANDOM_BYTES);
}

function requireLength(bytes: number, most: number): number {
  if (bytes < 1 || bytes > most) throw badRequest();
  return bytes;
}

function badRequest(): RpcError {
  return new RpcError('BAD_REQUEST', 'a length is not allowed');
}

function useHandler(hsm: Hsm, verb: string, run: UseVerb): RpcHandler<HsmSession> {
  const { log } = hsm;
  return (payload, session) => {
    const login = requireLogin(session);
    const use = decoded(decodeKeyUse, payload);
    const key = login.keys.get(use.keyRef.toString('latin1'));
    try {
      if (key === undefined)
        throw new RpcError(CryptoErrorCode.keyNotFound, 'no key with this id is in the HSM');
      if (!provenCheck(login.session, key, login.testKey).equals(use.check)) {
        throw checkFailed('the key in the HSM is not the one that was recorded');
      }
      const answer = run(login, key, use);
      log.appendUse(session.id, 0, key.materialId, verb, use.requestId.toString('hex'));
      return answer;
    } catch (error) {
      log.appendUse(session.id, 1, use.keyRef.toString('hex'), verb, use.requestId.toString('hex'));
      throw error instanceof RpcError ? error : moduleFailed(error);
    }
  };
}

function randomHandler(hsm: Hsm): RpcHandler<HsmSession> {
  return (payload, session) => {
    const login = requireLogin(session);
    const { requestId, bytes } = decoded(decodeRandom, payload);
    const answer = Buffer.allocUnsafe(requireLength(bytes, MAX_RANDOM_BYTES));
    try {
      login.random.fill(answer);
      hsm.log.appendUse(session.id, 0, '', 'Random', requestId.toString('hex'));
      return answer;
    } catch (error) {
      hsm.log.appendUse(session.id, 1, '', 'Random', requestId.toString('hex'));
      throw moduleFailed(error);
    }
  };
}

function requireLogin({ partition }: HsmSession): PartitionLogin {
  if (partition?.login === undefined) {
    throw new RpcError(CryptoErrorCode.notLoggedIn, 'no crypto user is logged in on this connection');
  }
  return partition.login;
}

/** A payload that is shorter than its fields say. */
function decoded<Fields>(decode: (payload: Buffer) => Fields, payload: Buffer): Fields {
  try {
    return decode(payload);
  } catch {
    throw new RpcError('BAD_REQUEST', 'the payload is too short');
  }
}
