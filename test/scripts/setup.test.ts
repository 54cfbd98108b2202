/** `scripts/setup.mjs`, which makes everything that a fresh clone lacks, on machines that were used for other things before. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../scripts/setup.mjs', import.meta.url));

describe('what a clone lacks', () => {
  let root: string;

  before(() => {
    root = mkdtempSync(join(tmpdir(), 'claviger-clone-'));
    mkdirSync(join(root, 'scripts'));
    cpSync(SCRIPT, join(root, 'scripts', 'setup.mjs'));
  });
  after(() => rmSync(root, { recursive: true, force: true }));

  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  /** Runs code with what the script exports as `setup`. @returns what it printed */
  const run = (code: string, env: NodeJS.ProcessEnv = {}): string => {
    const script = `import * as setup from ${JSON.stringify(join(root, 'scripts', 'setup.mjs'))};\n${code}`;
    const args = ['--input-type=module', '--eval', script];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    assert.equal(status, 0, stdout + stderr);
    return stdout.trim();
  };

  it('is installed whole where NODE_ENV is production: it is compiled here', () => {
    put('tool/package.json', JSON.stringify({ name: 'tool', version: '1.0.0' }));
    const names = { name: 'clone', version: '1.0.0' };
    const devDependencies = { tool: 'file:tool' };
    put('package.json', JSON.stringify({ ...names, devDependencies }));
    const packages = {
      '': { ...names, devDependencies },
      'node_modules/tool': { resolved: 'tool', link: true },
      tool: { version: '1.0.0', dev: true },
    };
    put('package-lock.json', JSON.stringify({ ...names, lockfileVersion: 3, requires: true, packages }));
    run('setup.install();', { NODE_ENV: 'production' });
    assert.ok(existsSync(join(root, 'node_modules', 'tool', 'package.json')));
  });

  it('is compiled anew for another Node.js', () => {
    const needed = (version: string): string => {
      put('addon/build/config.gypi', `{ "variables": {\n    "node_module_version": ${version},\n  } }`);
      return run("console.log(setup.needsBuild({ dir: 'addon', file: 'build/addon.node' }));");
    };
    assert.equal(needed(process.versions.modules), 'true'); // it is not there
    put('addon/build/addon.node', '');
    assert.equal(needed(process.versions.modules), 'false');
    assert.equal(needed('93'), 'true');
  });
});
