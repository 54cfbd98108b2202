/** What a node knows of itself is what its next start will know. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import {
  amendInstallation,
  dataFolder,
  readInstallation,
  readOrPlanInstallation,
} from '../../src/supervisor/installation.ts';

it('an HSM that could not be put on record is not on it in memory', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'claviger-installation-'));
  t.after(() => rmSync(root, { recursive: true }));
  const folder = dataFolder(root);
  const installation = readOrPlanInstallation(folder, 'us-east-1');
  const hsm = {
    hsmId: 'hsm-2222222222a',
    availabilityZone: 'us-east-1a',
    subnetId: '',
    host: '127.0.1.1',
    port: 1,
  };
  const add = (): void => amendInstallation(folder, installation, { hsms: [...installation.hsms, hsm] });
  const blocked = `${folder.installation}.new`;
  mkdirSync(blocked); // as little as a full disk lets a file be written
  assert.throws(add, { code: 'EISDIR' });
  assert.equal(installation.hsms.length, 2);
  rmSync(blocked, { recursive: true });
  add();
  assert.equal(installation.hsms.length, 3);
  assert.deepEqual(readInstallation(folder.installation), installation);
});
