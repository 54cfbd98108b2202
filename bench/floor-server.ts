/**
 * The server of the floor (floor.ts): checks the signature of each request, has a data key made by an HSM process, syncs a record,
 * and answers; the last two as far as it is told. It decides nothing, knows no keys, and checks nothing else.
 * `floor-server.ts <folder>`
 */
import { randomUUID } from 'node:crypto';
import { constants, openSync, write } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createVerifier } from '../src/aws/sigv4/verify.ts';
import type { Verifier } from '../src/aws/sigv4/verify.ts';
import { sealedBytes } from '../src/hsm/message-keys.ts';
import { DATA_KEY_BYTES } from './floor.ts';
import type { FloorSteps } from './floor.ts';

const folder = process.argv[2] as string;
const ANSWER_BYTES = DATA_KEY_BYTES + sealedBytes(DATA_KEY_BYTES);
/** As long as the line of a call in Claviger's journal. */
const RECORD = `${'r'.repeat(1_300)}\n`;
/** So many calls, or records, go without waiting for the end of this turn of the event loop. */
const ENOUGH = 16;

let steps: FloorSteps;
let verify: Verifier<{ secretAccessKey: string }>;

/** Who waits, in the order in which the HSM answers. */
let waiting: ((answer: Buffer) => void)[] = [];
let calls: Buffer[] = [];
let received: Buffer = Buffer.alloc(0);
const hsm = connect(join(folder, 'hsm.sock'));
hsm.on('data', (bytes) => {
  received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
  const whole = Math.floor(received.length / ANSWER_BYTES);
  const answered = waiting.slice(0, whole);
  waiting = waiting.slice(whole);
  for (const [n, answer] of answered.entries())
    answer(received.subarray(n * ANSWER_BYTES, (n + 1) * ANSWER_BYTES));
  received = received.subarray(whole * ANSWER_BYTES);
});

function sendCalls(): void {
  const sent = calls;
  calls = [];
  if (sent.length > 0) hsm.write(Buffer.concat(sent));
}

function generateDataKey(aad: Buffer): Promise<Buffer> {
  const call = Buffer.allocUnsafe(2 + aad.length);
  call.writeUInt16BE(aad.length);
  aad.copy(call, 2);
  return new Promise((resolve) => {
    waiting.push(resolve);
    if (calls.push(call) >= ENOUGH) sendCalls();
    else if (calls.length === 1) setImmediate(sendCalls);
  });
}

const { O_CREAT, O_WRONLY, O_DSYNC } = constants;
const journal = openSync(join(folder, 'journal'), O_CREAT | O_WRONLY | O_DSYNC, 0o600);
let group: { lines: string; synced: (() => void)[] } = { lines: '', synced: [] };
let writing = false;
let journalBytes = 0;

function writeGroup(): void {
  if (writing || group.synced.length === 0) return;
  writing = true;
  const bytes = Buffer.from(group.lines);
  const { synced } = group;
  group = { lines: '', synced: [] };
  write(journal, bytes, 0, bytes.length, journalBytes, (error) => {
    if (error !== null) throw error;
    writing = false;
    writeGroup();
    for (const tell of synced) tell();
  });
  journalBytes += bytes.length;
}

function record(id: string): Promise<void> {
  return new Promise((resolve) => {
    group.lines += id + RECORD;
    group.synced.push(resolve);
    if (group.synced.length >= ENOUGH) writeGroup();
    else if (group.synced.length === 1) setImmediate(writeGroup);
  });
}

async function answer(request: IncomingMessage, body: Buffer, response: ServerResponse): Promise<void> {
  const { method = '', url: target = '', rawHeaders } = request;
  verify({ method, target, rawHeaders, body }, 'kms', Date.now());
  const { KeyId, EncryptionContext } = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
  const aad = Buffer.from(JSON.stringify(EncryptionContext));
  const made = steps.hsm ? await generateDataKey(aad) : Buffer.alloc(ANSWER_BYTES);
  const id = randomUUID();
  if (steps.record) await record(id);
  const bytes = Buffer.from(
    JSON.stringify({
      CiphertextBlob: made.toString('base64', DATA_KEY_BYTES),
      Plaintext: made.toString('base64', 0, DATA_KEY_BYTES),
      KeyId,
    }),
  );
  response.writeHead(200, [
    ...['x-amzn-RequestId', id, 'Content-Type', 'application/x-amz-json-1.1'],
    ...['Content-Length', String(bytes.length)],
  ]);
  response.end(bytes);
}

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    answer(request, Buffer.concat(chunks), response).catch((error: unknown) => {
      response.writeHead(500);
      response.end(String(error));
    });
  });
});

process.on('message', (told: FloorSteps) => {
  steps = told;
  verify = createVerifier({ lookup: () => told.credentials, regions: [told.region] });
  process.send?.({ kind: 'ready' });
});
process.on('disconnect', () => process.exit(0));
hsm.once('connect', () =>
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ kind: 'listening', port: (server.address() as AddressInfo).port });
  }),
);
