/** What the logs of all processes have in common. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';

const LOGGER = fileURLToPath(new URL('../../dist/logging/logger.js', import.meta.url));

/** What a process with a logger writes to its standard error. */
function logged(level: string, line: string): string {
  const script = `import { createLogger } from ${JSON.stringify(LOGGER)}; const logger = createLogger('tried'); ${line}`;
  const args = ['--input-type=module', '--eval', script];
  return spawnSync(process.execPath, args, {
    encoding: 'utf8',
    env: { ...process.env, CLAVIGER_LOG_LEVEL: level },
  }).stderr;
}

describe('logs', () => {
  it('are JSON lines that name who speaks', () => {
    const { component, msg } = JSON.parse(logged('info', `logger.info('hello')`)) as Record<string, unknown>;
    assert.deepEqual({ component, msg }, { component: 'tried', msg: 'hello' });
  });

  it('have no less than the level that was asked for', () => {
    assert.equal(logged('warn', `logger.info('hello')`), '');
    assert.equal(logged('silent', `logger.fatal('hello')`), '');
  });

  it('refuse a level that there is not, and say which there are', () => {
    for (const level of ['verbose', '']) {
      const said = `CLAVIGER_LOG_LEVEL: '${level}' is none of debug, info, warn and error`;
      assert.ok(logged(level, '').includes(said), level);
    }
  });

  it('hold no secret that was logged by mistake', () => {
    const secrets = `{ password: 'S1', err: Object.assign(new Error('x'), { secretAccessKey: 'S2' }), call: { plaintext: 'S3' } }`;
    assert.doesNotMatch(logged('info', `logger.error(${secrets}, 'said too much')`), /S[123]/);
  });
});
