import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { accountOfAccessKeyId, newAccessKeyId } from '../../src/services/iam/unique-ids.ts';
import { createSessionTokens } from '../../src/services/sts/session-token.ts';
import type { Session } from '../../src/services/sts/session-token.ts';

const KEY = Buffer.alloc(32, 7);
const SESSION: Session = {
  accountId: '111122223333',
  principalId: 'AROAAAAAAAAAAAAAAAAAA',
  name: 'session',
  issuedAt: 1_700_000_000_000,
  expiresAt: 1_700_003_600_000,
  tags: { a: 'b' },
};

describe('session tokens', () => {
  const tokens = createSessionTokens(KEY);

  it('give back the session and the secret, and nothing is kept', () => {
    const issued = tokens.issue(SESSION);
    const opened = createSessionTokens(KEY).open(issued.accessKeyId, issued.sessionToken);
    assert.deepEqual(opened, { session: SESSION, secretAccessKey: issued.secretAccessKey });
    assert.match(issued.accessKeyId, /^ASIA[A-Z2-7]{16}$/);
    assert.equal(issued.secretAccessKey.length, 40);
    assert.notEqual(tokens.issue(SESSION).secretAccessKey, issued.secretAccessKey);
  });

  it('open a token of before: the format is frozen', () => {
    const accessKeyId = 'ASIAIAAAAAAAAAAAAAAA';
    const token = FROZEN.sessionToken;
    assert.deepEqual(tokens.open(accessKeyId, token), {
      session: SESSION,
      secretAccessKey: FROZEN.secretAccessKey,
    });
  });

  it('open for their access key, under their key and unchanged, and not otherwise', () => {
    const { accessKeyId, sessionToken } = tokens.issue(SESSION);
    assert.equal(tokens.open(newAccessKeyId('ASIA', '111122223333'), sessionToken), undefined);
    assert.equal(createSessionTokens(Buffer.alloc(32, 8)).open(accessKeyId, sessionToken), undefined);
    const bytes = Buffer.from(sessionToken, 'base64');
    for (let i = 0; i < bytes.length; i += 1) {
      const changed = Buffer.from(bytes);
      changed[i] = (changed[i] ?? 0) ^ 1;
      assert.equal(tokens.open(accessKeyId, changed.toString('base64')), undefined, `byte ${i}`);
      assert.equal(
        tokens.open(accessKeyId, bytes.subarray(0, i).toString('base64')),
        undefined,
        `cut to ${i}`,
      );
    }
    assert.equal(tokens.open(accessKeyId, `${sessionToken}=`), undefined);
    assert.equal(tokens.open(accessKeyId, ` ${sessionToken}`), undefined);
    fc.assert(fc.property(fc.string(), (text) => tokens.open(accessKeyId, text) === undefined));
  });
});

describe('access key ids', () => {
  it('tell their account', () => {
    const accounts = fc.integer({ min: 0, max: 999_999_999_999 }).map((n) => String(n).padStart(12, '0'));
    fc.assert(
      fc.property(accounts, (account) => accountOfAccessKeyId(newAccessKeyId('ASIA', account)) === account),
    );
    assert.equal(accountOfAccessKeyId('AKIA7777777777777777'), undefined);
    assert.equal(accountOfAccessKeyId('none'), undefined);
  });
});

/** Made with the key of 32 bytes 07, the access key id ASIAIAAAAAAAAAAAAAAA and a salt of 32 bytes 01. */
const FROZEN = {
  sessionToken:
    'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBpS52VkqU+VvMWjJyz0D+mGNfv6JmwYQd0D9r/v14LSzLFEPd9zkmxTYvm2ISGU4I/ivsL4gREZSJMcBjzF3pBgkkIQsEc2Ve7l2B0nu4/meB3Am7AcBu+z4G0vZ0vG/cYhIAUgfFnTSakIrz1iXTGLCeVOzZprIb4Q==',
  secretAccessKey: 'JGfnfD7T5y0+NXQX2Mls3BGTSfBY0PpXe0X8uliP',
};
