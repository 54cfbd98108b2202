/** Condition keys of one use of a key, as policies ask for them one by one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { conditionOfUse } from '../../../src/services/kms/condition-context.ts';
import type { ConditionsOfUse } from '../../../src/services/kms/condition-context.ts';

const useWith = (encryptionContext: Record<string, string> | undefined): ConditionsOfUse => ({
  callerAccountId: '111122223333',
  key: {} as ConditionsOfUse['key'],
  labels: undefined,
  identifier: undefined,
  encryptionContext,
});

describe('pairs of the encryption context', () => {
  const pair = (use: ConditionsOfUse, name: string) => conditionOfUse(use, `kms:encryptioncontext:${name}`);

  it('are asked for by their names without regard to case, which may be any text', () => {
    const context = Object.assign(Object.create(null) as Record<string, string>, { App: '1', app: '2' });
    context['__proto__'] = 'x';
    const use = useWith(context);
    assert.deepEqual(pair(use, 'app'), ['1', '2']);
    assert.deepEqual(pair(use, '__proto__'), ['x']);
    assert.equal(pair(use, 'constructor'), undefined);
    assert.equal(pair(useWith(undefined), 'app'), undefined);
    assert.equal(pair(useWith({}), 'constructor'), undefined);
  });

  it('are gone through once, however many a policy asks for', () => {
    const names = Array.from({ length: 5_000 }, (_, n) => `Name${n}`);
    const use = useWith(Object.fromEntries(names.map((name) => [name, 'x'])));
    const began = process.cpuUsage();
    for (const name of names) assert.deepEqual(pair(use, name.toLowerCase()), ['x']);
    assert.ok(process.cpuUsage(began).user < 1_000_000, 'some 10 ms of work, and not some seconds');
  });
});
