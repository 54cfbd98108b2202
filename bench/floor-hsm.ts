/**
 * The HSM of the floor (floor.ts): a process with a SoftHSM that generates data keys and encrypts them, and does nothing else: no
 * users, no rights, no log, no TLS. `floor-hsm.ts <folder>`; SOFTHSM2_CONF says where its token is.
 *
 * A request is the length of the additional authenticated data (2 bytes) and the data; an answer is the data key and what
 * Claviger's would hold beside it. Requests that came together are answered with one write.
 */
import { createServer } from 'node:net';
import { join } from 'node:path';
import {
  AES_KEY_GENERATION,
  GCM_NONCE_BYTES,
  GCM_TAG_BYTES,
  WRAPPED_AES256_BYTES,
  aesGcm,
} from '../src/pkcs11/mechanisms.ts';
import { initialiseModule, listTokens, loadModule, login, openSession } from '../src/pkcs11/module.ts';
import type { Pkcs11Module } from '../src/pkcs11/module.ts';
import { MESSAGE_KEY_GENERATED } from '../src/pkcs11/templates.ts';
import { sealedBytes } from '../src/hsm/message-keys.ts';
import { DATA_KEY_BYTES } from './floor.ts';

const MODULE = '/usr/lib/softhsm/libsofthsm2.so';
const PIN = '12345678';
/** The module is asked for random bytes of so many data keys at once. */
const RANDOM_BYTES = 128 * DATA_KEY_BYTES;
const NONCE_AT = DATA_KEY_BYTES + WRAPPED_AES256_BYTES;

const module = loadModule(MODULE);
initialiseModule(module);
const session = newToken(module);
const { calls } = module;
const key = calls.C_GenerateKey(session, AES_KEY_GENERATION, MESSAGE_KEY_GENERATED);
const nonce = Buffer.alloc(GCM_NONCE_BYTES);
let messages = 0;
const random = Buffer.alloc(RANDOM_BYTES);
let used = RANDOM_BYTES;

function newToken({ calls }: Pkcs11Module): ReturnType<typeof openSession> {
  const free = listTokens(module)[0];
  if (free === undefined) throw new Error('the module offers no token');
  calls.C_InitToken(free.slot, PIN, 'floor');
  const made = listTokens(module).find(({ initialised }) => initialised);
  if (made === undefined) throw new Error('the token is not there');
  const opened = openSession(module, made.slot);
  login(module, opened, 'securityOfficer', PIN);
  calls.C_InitPIN(opened, PIN);
  calls.C_Logout(opened);
  login(module, opened, 'user', PIN);
  return opened;
}

function generateDataKey(aad: Buffer): Buffer {
  const answer = Buffer.alloc(DATA_KEY_BYTES + sealedBytes(DATA_KEY_BYTES));
  if (used === RANDOM_BYTES) {
    calls.C_GenerateRandom(session, random);
    used = 0;
  }
  random.copy(answer, 0, used, (used += DATA_KEY_BYTES));
  nonce.writeUInt32BE(messages, GCM_NONCE_BYTES - 4);
  messages += 1;
  nonce.copy(answer, NONCE_AT);
  calls.C_EncryptInit(session, aesGcm(nonce, aad), key);
  const body = answer.subarray(NONCE_AT + GCM_NONCE_BYTES);
  if (
    calls.C_Encrypt(session, answer.subarray(0, DATA_KEY_BYTES), body).length !==
    DATA_KEY_BYTES + GCM_TAG_BYTES
  )
    throw new Error('a ciphertext has a wrong length');
  return answer;
}

const server = createServer((socket) => {
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (bytes) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    const answers: Buffer[] = [];
    let at = 0;
    while (received.length >= at + 2) {
      const end = at + 2 + received.readUInt16BE(at);
      if (received.length < end) break;
      answers.push(generateDataKey(received.subarray(at + 2, end)));
      at = end;
    }
    received = received.subarray(at);
    if (answers.length > 0) socket.write(Buffer.concat(answers));
  });
});
process.on('disconnect', () => process.exit(0));
server.listen(join(process.argv[2] as string, 'hsm.sock'), () => process.send?.({ kind: 'listening' }));
