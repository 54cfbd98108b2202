import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { builtOperationNames } from '../../src/services/kms/operations/index.ts';
import { services } from '../../src/aws/services.ts';

const ROOT = join(import.meta.dirname, '../..');

describe('docs/api-coverage.md', () => {
  const page = readFileSync(join(ROOT, 'docs/api-coverage.md'), 'utf8');

  it('is what the code and the tests say', () => {
    const script = join(ROOT, 'scripts/generate-api-coverage.mjs');
    execFileSync(process.execPath, [script, '--check'], { cwd: ROOT, stdio: 'pipe' });
  });

  it('has every operation of the model once, and says which are built', () => {
    const rows = [...page.matchAll(/^\| \[(\w+)\]\(#\w+\) +\| (yes|no) /gm)];
    assert.deepEqual(
      rows.map(([, name]) => name),
      Object.keys(services.kms.operations).sort(),
    );
    const built = rows.filter(([, , answer]) => answer === 'yes').map(([, name]) => name);
    assert.deepEqual(built, [...builtOperationNames].sort());
  });

  it('names a test for every operation that is built', () => {
    const untested = builtOperationNames.filter(
      (name) => !new RegExp(`^### ${name}\\n(?:(?!###)[^])*?^Tests:`, 'm').test(page),
    );
    assert.deepEqual(untested, []);
  });
});
