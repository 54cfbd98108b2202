/**
 * Who a partition's keys may be copied to and from: its own transport key pair, and the public halves of other HSMs that
 * the crypto officer made trusted. A user cannot make a trusted object (CKR_ATTRIBUTE_READ_ONLY), so a stolen user password
 * cannot carry a key out.
 */
import pkcs11js from 'pkcs11js';
import { generateKeyPair } from '../native/addon.ts';
import { attempt } from '../pkcs11/errors.ts';
import { findObjects, readAttributes } from '../pkcs11/module.ts';
import type { Handle, Pkcs11Module } from '../pkcs11/module.ts';
import {
  TRANSPORT_KEY_BITS,
  TRANSPORT_PRIVATE_NATIVE,
  TRANSPORT_PUBLIC,
  nativeTemplate,
  peerOfLabel,
  peerPublicKey,
  peerSearch,
  transportSearch,
} from '../pkcs11/templates.ts';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import type { TransportKey } from '../rpc/hsm-messages.ts';

/** Makes the partition's transport key pair; the session's user is logged in. */
export function generateTransportKey(module: Pkcs11Module, session: Handle): void {
  attempt(() =>
    generateKeyPair(
      module.path,
      session,
      pkcs11js.CKM_RSA_PKCS_KEY_PAIR_GEN,
      nativeTemplate(TRANSPORT_PUBLIC),
      TRANSPORT_PRIVATE_NATIVE,
    ),
  );
}

function publicKeyOf(module: Pkcs11Module, session: Handle, object: Handle, hsmId: string): TransportKey {
  const [modulus, exponent] = readAttributes(module, session, object, [
    pkcs11js.CKA_MODULUS,
    pkcs11js.CKA_PUBLIC_EXPONENT,
  ]);
  if (modulus === undefined || exponent === undefined) throw new Error('a public key has no modulus');
  return { hsmId, modulus: modulus.toString('base64'), publicExponent: exponent.toString('base64') };
}

/** The public half of the partition's own pair. No login is needed. @throws RpcError TOKEN_DAMAGED */
export function readTransportKey(module: Pkcs11Module, session: Handle, hsmId: string): TransportKey {
  const [object, ...more] = findObjects(module, session, transportSearch('public'));
  if (object === undefined || more.length > 0) {
    throw new RpcError(HsmErrorCode.tokenDamaged, 'the token does not have one transport key');
  }
  return publicKeyOf(module, session, object, hsmId);
}

/** All enrolled peers of the partition. No login is needed. */
export function listPeers(module: Pkcs11Module, session: Handle): TransportKey[] {
  const peers: TransportKey[] = [];
  for (const object of findObjects(module, session, peerSearch())) {
    const [label] = readAttributes(module, session, object, [pkcs11js.CKA_LABEL]);
    const hsmId = peerOfLabel(label?.toString('utf8') ?? '');
    if (hsmId !== undefined) peers.push(publicKeyOf(module, session, object, hsmId));
  }
  return peers;
}

/** Makes the peer's key trusted, in place of another one that was enrolled for it; the session's login is the officer's. */
export function enrolPeer(module: Pkcs11Module, session: Handle, peer: TransportKey): void {
  const modulus = Buffer.from(peer.modulus, 'base64');
  const publicExponent = Buffer.from(peer.publicExponent, 'base64');
  if (
    modulus.length !== TRANSPORT_KEY_BITS / 8 ||
    (modulus[0] ?? 0) < 0x80 ||
    !publicExponent.equals(EXPONENT)
  ) {
    throw new RpcError('BAD_REQUEST', `a transport key is RSA-${TRANSPORT_KEY_BITS} with exponent 65537`);
  }
  const enrolled = findObjects(module, session, peerSearch(peer.hsmId));
  const [same] = enrolled.filter(
    (object) => publicKeyOf(module, session, object, peer.hsmId).modulus === peer.modulus,
  );
  if (same === undefined) {
    attempt(() =>
      module.calls.C_CreateObject(session, peerPublicKey(peer.hsmId, { modulus, publicExponent })),
    );
  }
  for (const object of enrolled)
    if (object !== same) attempt(() => module.calls.C_DestroyObject(session, object));
}

const EXPONENT = Buffer.from([1, 0, 1]);

/** Does nothing when the peer is not enrolled. */
export function removePeer(module: Pkcs11Module, session: Handle, hsmId: string): void {
  for (const object of findObjects(module, session, peerSearch(hsmId))) {
    attempt(() => module.calls.C_DestroyObject(session, object));
  }
}
