/**
 * The typed door to native/addon.c: what neither Node nor pkcs11js can do. Nothing here knows keys or users; the binary is
 * loaded once, when this file is imported, so that a process may give up its rights afterwards.
 */
import { createRequire } from 'node:module';

/** An attribute for the native call: its PKCS#11 type and its bytes, or a template of its own (CKA_UNWRAP_TEMPLATE). */
export type NativeAttribute = readonly [type: number, value: Buffer | readonly NativeAttribute[]];

interface Binary {
  generateKeyPair(
    modulePath: string,
    session: Buffer,
    mechanism: number,
    publicTemplate: readonly NativeAttribute[],
    privateTemplate: readonly NativeAttribute[],
  ): [Buffer, Buffer];
  lockFile(path: string): number;
  listenTcp(host: string, port: number, shared: boolean): [number, number];
  sendDatagram(path: string, text: string): void;
  hardenProcess(): void;
  clearOpenSslErrors(): void;
  shareFunctionList(modulePath: string): void;
  pkeyOperation: (
    operation: number,
    padding: number,
    hash: string,
    key: Buffer,
    input: Buffer,
    signature: Buffer,
  ) => Promise<Buffer | true | null>;
}

const require = createRequire(import.meta.url);
const BINARY = '../../native/build/Release/claviger.node';
const binary = require(BINARY) as Binary;

/**
 * C_GenerateKeyPair with nested templates (PKCS#11 2.40 section 5.13), on a session that pkcs11js opened: dlopen of a
 * library that is loaded already gives the same, initialised instance.
 * @param session handle as pkcs11js has it (8 bytes)
 * @returns the two object handles
 * @throws Error with the message `CKR_UNNAMED:<number>` when the module refuses
 */
export function generateKeyPair(
  modulePath: string,
  session: Buffer,
  mechanism: number,
  publicTemplate: readonly NativeAttribute[],
  privateTemplate: readonly NativeAttribute[],
): { publicKey: Buffer; privateKey: Buffer } {
  const [publicKey, privateKey] = binary.generateKeyPair(
    modulePath,
    session,
    mechanism,
    publicTemplate,
    privateTemplate,
  );
  return { publicKey, privateKey };
}

/**
 * For a PKCS#11 module that makes a new instance, with sessions of its own, for everybody who asks for its function list
 * (p11-kit). Loads it, asks once, and stands in for it.
 * @returns the path to load in the module's place: this addon, which gives everybody the one instance
 * @throws Error with code ERR_MODULE_NOT_LOADED
 */
export function shareFunctionList(modulePath: string): string {
  binary.shareFunctionList(modulePath);
  return require.resolve(BINARY);
}

/**
 * Takes an exclusive lock (flock) on the file, which is created 0600 when missing, and does not wait. The lock lasts until
 * the descriptor is closed or the process ends, however it ends.
 * @returns the descriptor
 * @throws Error with code `ELOCKED` when another process holds it
 */
export function lockFile(path: string): number {
  return binary.lockFile(path);
}

/**
 * Opens a listening socket for other processes: nobody accepts here, and connections wait in it while none of them runs.
 * @param port 0: any free one
 * @param shared several such sockets have the port, and the kernel spreads connections over them (SO_REUSEPORT)
 * @throws Error with code `ERRNO_<n>`, or ENOTFOUND
 */
export function listenTcp(host: string, port: number, shared: boolean): { descriptor: number; port: number } {
  const [descriptor, bound] = binary.listenTcp(host, port, shared);
  return { descriptor, port: bound };
}

/**
 * Sends one datagram to a Unix socket.
 * @param path at most 106 bytes; one that begins with `@` is in the abstract name space
 * @param text at most 1,022 bytes
 * @throws Error with code `ERRNO_<n>` when nobody takes it
 */
export function sendDatagram(path: string, text: string): void {
  binary.sendDatagram(path, text);
}

/**
 * No core dumps (RLIMIT_CORE 0) and no reading of this process's memory by others of the same user (PR_SET_DUMPABLE 0).
 * To be repeated after setuid, which may reset the second.
 * @throws Error when the kernel refuses
 */
export function hardenProcess(): void {
  binary.hardenProcess();
}

/**
 * Empties OpenSSL's error queue of this thread. A PKCS#11 module may share the library with Node (SoftHSM does): what a
 * failed call of it leaves in the queue is then taken by Node for an error of whichever TLS connection it serves next, and
 * that connection dies (measured: the second bad ciphertext on Node 20.20 with SoftHSM 2.6.1). To be called after module
 * calls that may have failed, before Node does any I/O.
 */
export function clearOpenSslErrors(): void {
  binary.clearOpenSslErrors();
}

const OPERATION = { sign: 0, verify: 1, decrypt: 2 } as const;
/** `none`: the key is not RSA. The others: RSA_*_PADDING of OpenSSL; PSS with a salt as long as the hash. */
const PADDING = { none: 0, pkcs1: 1, oaep: 4, pss: 6 } as const;
const NOTHING = Buffer.alloc(0);

export type SignaturePadding = 'none' | 'pkcs1' | 'pss';
export type HashName = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/**
 * Signs a digest with an RSA or EC key: EVP_PKEY_sign, off the event loop. ECDSA signatures are DER (RFC 3279).
 * @param privateKey DER PKCS#8
 * @throws Error when key, digest length and padding do not fit together
 */
export async function signDigest(
  privateKey: Buffer,
  hash: HashName,
  padding: SignaturePadding,
  digest: Buffer,
): Promise<Buffer> {
  const { pkeyOperation } = binary;
  return (await pkeyOperation(OPERATION.sign, PADDING[padding], hash, privateKey, digest, NOTHING)) as Buffer;
}

/**
 * Whether the signature is one of the digest: EVP_PKEY_verify, off the event loop.
 * @param publicKey DER SubjectPublicKeyInfo
 * @throws Error when OpenSSL cannot read the key
 */
export async function verifyDigest(
  publicKey: Buffer,
  hash: HashName,
  padding: SignaturePadding,
  digest: Buffer,
  signature: Buffer,
): Promise<boolean> {
  const { pkeyOperation } = binary;
  const good = await pkeyOperation(OPERATION.verify, PADDING[padding], hash, publicKey, digest, signature);
  return good === true;
}

/**
 * RSA-OAEP (RFC 8017) with the same hash in MGF1 and an empty label, off the event loop.
 * @param privateKey DER PKCS#8
 * @returns undefined when the ciphertext is not one of this key
 */
export async function decryptOaep(
  privateKey: Buffer,
  hash: HashName,
  ciphertext: Buffer,
): Promise<Buffer | undefined> {
  const { pkeyOperation } = binary;
  const plaintext = await pkeyOperation(
    OPERATION.decrypt,
    PADDING.oaep,
    hash,
    privateKey,
    ciphertext,
    NOTHING,
  );
  return (plaintext as Buffer | null) ?? undefined;
}
