/**
 * Import of key material: the wrapping key pair is made here and its private half leaves only sealed; the material is
 * unwrapped here and leaves only as an EKT, so that the server never has it in the clear. A sealed wrapping key is a box
 * (sealed-box.ts) with a label of its own, which no other verb opens, and the head
 *
 *     version 1 | domain key version 4
 */
import { RpcError } from '../rpc/frames.ts';
import type { RpcHandlers } from '../rpc/server.ts';
import { deriveKey } from '../seal/primitives.ts';
import { keyTypeOf } from './asymmetric-messages.ts';
import { requireProvenRecovery } from './domain-keys.ts';
import type { DomainKeys } from './domain-keys.ts';
import { checkValue, sealKey } from './encrypted-key.ts';
import {
  MATERIAL_ID_BYTES,
  decodeImportKey,
  decodeMakeWrappingKey,
  encodeImportedKey,
  encodeWrappingKey,
} from './import-messages.ts';
import { acceptedMaterial } from './importable.ts';
import { generateRsaKey } from './key-generation.ts';
import { unwrapMaterial } from './key-unwrapping.ts';
import { CryptoProcessErrorCode, CryptoProcessVerb } from './messages.ts';
import type { FillRandom } from './randomness.ts';
import { openBox, sealBox } from './sealed-box.ts';

const VERSION = 1;
const HEAD_BYTES = 5;
const PURPOSE = { label: 'claviger/import/1', context: Buffer.alloc(0) } as const;
const MATERIAL_ID_LABEL = 'claviger/material-id/1';

const MODULUS_BITS = [2048, 3072, 4096];

export interface ImportState {
  domainKeys: DomainKeys;
  fillRandom: FillRandom;
  requireRecoveryProof: boolean;
}

export function importHandlers({
  domainKeys,
  fillRandom,
  requireRecoveryProof,
}: ImportState): RpcHandlers<undefined> {
  return {
    async [CryptoProcessVerb.MakeWrappingKey](payload) {
      const { modulusBits, aad } = decodeMakeWrappingKey(payload);
      if (!MODULUS_BITS.includes(modulusBits)) throw new RangeError('no wrapping key has this size');
      const boundTo = Buffer.from(aad); // the payload is a view that does not outlive this turn
      const { bytes: privateKey, publicKey } = await generateRsaKey(modulusBits);
      const sealed = sealWrappingKey(domainKeys, privateKey, boundTo, fillRandom);
      privateKey.fill(0);
      return encodeWrappingKey({ publicKey, sealed });
    },

    [CryptoProcessVerb.ImportKey](payload) {
      const request = decodeImportKey(payload);
      requireProvenRecovery(domainKeys, requireRecoveryProof);
      const wrappingKey = openWrappingKey(domainKeys, request.aad, request.sealed);
      const unwrapped = unwrapMaterial(wrappingKey, request.algorithmCode, request.wrapped);
      wrappingKey.fill(0);
      const { bytes, publicKey } = acceptedMaterial(keyTypeOf(request.typeCode), unwrapped);
      const materialId = importedMaterialId(domainKeys, request.keyId, bytes);
      const aad = Buffer.concat([request.ektAadPrefix, Buffer.from(materialId.toString('hex'))]);
      const ekt = sealKey(domainKeys, { typeCode: request.typeCode, bytes }, aad, fillRandom);
      bytes.fill(0);
      return encodeImportedKey({ materialId, check: checkValue(ekt), ekt, publicKey });
    },
  };
}

function sealWrappingKey(
  domainKeys: DomainKeys,
  privateKey: Buffer,
  aad: Buffer,
  fillRandom: FillRandom,
): Buffer {
  const domainKey = domainKeys.newest();
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt8(VERSION, 0);
  head.writeUInt32BE(domainKey.version, 1);
  return sealBox(domainKey.key, PURPOSE, head, aad, privateKey, fillRandom);
}

/** @throws RpcError INVALID_IMPORT_TOKEN */
function openWrappingKey(domainKeys: DomainKeys, aad: Buffer, sealed: Buffer): Buffer {
  const known = sealed.length > HEAD_BYTES && sealed.readUInt8(0) === VERSION;
  const version = known ? sealed.readUInt32BE(1) : 0;
  const inRange = version >= 1 && version <= domainKeys.newest().version; // hostile bytes, not a lost domain key
  const privateKey = inRange
    ? openBox(domainKeys.byVersion(version).key, PURPOSE, HEAD_BYTES, aad, sealed)
    : undefined;
  if (privateKey !== undefined) return privateKey;
  throw new RpcError(CryptoProcessErrorCode.invalidImportToken, 'the sealed wrapping key is not valid');
}

/**
 * The same material under the same key id has the same id, for ever (AWS: KeyMaterialId). Keyed, because the API shows
 * ids, and people import passwords: nobody shall find weak material by trying.
 */
function importedMaterialId(domainKeys: DomainKeys, keyId: Buffer, bytes: Buffer): Buffer {
  const context = Buffer.concat([keyId, Buffer.of(0), bytes]);
  const id = deriveKey(domainKeys.first().key, MATERIAL_ID_LABEL, context, MATERIAL_ID_BYTES);
  context.fill(0);
  return id;
}
