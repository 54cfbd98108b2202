/**
 * What AWS KMS answered when it was recorded (recorded/errors.ts, recorded/answers.ts), asked of a running Claviger: code,
 * status, message and members as they come over the wire.
 */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { RECORDED_ANSWERS } from './recorded/answers.ts';
import { RECORDED_ERRORS } from './recorded/errors.ts';
import type { RecordedError } from './recorded/errors.ts';
import { exchange } from './recorded/wire.ts';
import { createWorld } from './recorded/world.ts';
import type { World } from './recorded/world.ts';

const ENUM_SET = /Member must satisfy enum value set: \[([^\]]*)\]$/;
const MATERIAL_ID = /\b[0-9a-f]{64}\b/;

/** Whether the message is the recorded one; sets of enum values may have grown, and come in any order. */
function isRecorded(message: unknown, recorded: string | undefined): boolean {
  if (recorded === undefined || typeof message !== 'string') return message === recorded;
  if (recorded.includes('<key-material-id>')) {
    const id = MATERIAL_ID.exec(message)?.[0] ?? '';
    return message === recorded.replace('<key-material-id>', id);
  }
  const set = ENUM_SET.exec(recorded)?.[1]?.split(', ');
  const ours = ENUM_SET.exec(message)?.[1]?.split(', ') ?? [];
  if (set === undefined) return message === recorded;
  return (
    message.replace(ENUM_SET, '') === recorded.replace(ENUM_SET, '') &&
    set.every((value) => ours.includes(value))
  );
}

describe('answers that were recorded on AWS', () => {
  let claviger: Claviger;
  let world: World;

  before(async () => {
    claviger = await startClaviger();
    world = await createWorld(claviger, ['us-west-2', 'eu-west-1']);
  });
  after(() => claviger.remove());

  const asked = RECORDED_ERRORS.filter(({ superseded }) => superseded === undefined);
  const clientOf = ({ client }: Pick<RecordedError, 'client'>): World['home'] =>
    client === 'other' ? world.other : world.home;

  for (const row of asked) {
    it(`${row.operation} refuses as AWS does: ${row.situation}`, async () => {
      const { status, body } = await exchange(clientOf(row), row.operation, row.input(world));
      const { __type: code, message, ...rest } = body;
      const wanted = typeof row.message === 'function' ? row.message(world) : row.message;
      assert.deepEqual({ status, code, rest }, { status: 400, code: row.code, rest: {} });
      assert.ok(isRecorded(message, wanted), `${String(message)}\ninstead of\n${wanted}`);
    });
  }

  for (const [index, row] of RECORDED_ANSWERS.entries()) {
    const { operation, within, members, added = [] } = row;
    it(`${operation} answers with AWS’s members${within === undefined ? '' : ` of ${within}`} (${index + 1})`, async () => {
      const { status, body } = await exchange(clientOf(row), operation, row.input(world));
      assert.equal(status, 200, JSON.stringify(body));
      const shown = within === undefined ? body : (body[within] as object);
      assert.deepEqual(Object.keys(shown).sort(), [...members, ...added].sort());
    });
  }

  it('are all asked for but those that AWS gives no longer', (t) => {
    for (const { operation, situation, superseded } of RECORDED_ERRORS) {
      if (superseded !== undefined) t.diagnostic(`${operation}, ${situation}: ${superseded}`);
    }
    t.diagnostic(`${asked.length} of ${RECORDED_ERRORS.length} errors, ${RECORDED_ANSWERS.length} answers`);
    assert.equal(RECORDED_ERRORS.length - asked.length, 1);
  });
});
