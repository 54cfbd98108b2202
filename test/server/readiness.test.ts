/** When the service says that it is ready. */
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { readiness } from '../../src/server/readiness.ts';

it('readiness ends with the reason while calls cannot be recorded', () => {
  const obstacle = 'the audit trail cannot be written';
  const state = readiness([undefined, obstacle], { alarms: new Map() });
  assert.deepEqual(state, { ready: false, reasons: [obstacle] });
});

it('readiness tells of breaks in the trails, and does not end for them', () => {
  const alarms = new Map([['hsm-log-broken', 1] as const, ['use-without-call', 2] as const]);
  const state = readiness([undefined], { alarms });
  const notices = ['hsm-log-broken: 1', 'use-without-call: 2'];
  assert.deepEqual(state, { ready: true, reasons: [], notices });
});
