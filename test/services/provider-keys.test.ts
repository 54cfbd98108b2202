/** Keys of OpenID Connect providers: how often a provider is asked, and who waits for it where. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'node:test';
import { exportJWK, generateKeyPair } from 'jose';
import type { JWK } from 'jose';
import type { OidcProvider } from '../../src/services/iam/entities.ts';
import { IssuerUnreachable } from '../../src/services/sts/issuer-fetch.ts';
import { createProviderKeys } from '../../src/services/sts/provider-keys.ts';

const URL = 'https://issuer.example';
const PROVIDER = { id: 'p1', url: URL, thumbprints: [] as string[] } as unknown as OidcProvider;
const NOW = Date.UTC(2026, 0, 1);
const MOST_WAITING = 32;

/** A provider that answers when the test lets it, or fails. */
async function heldProvider() {
  const pair = await generateKeyPair('ES256');
  const jwks: { keys: JWK[] } = {
    keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'one', alg: 'ES256' }],
  };
  const gate = { left: 0, leave: () => void (gate.left += 1), reenter: () => void (gate.left -= 1) };
  let open = (): void => {};
  let failing = false;
  let asked = 0;
  const answering = new Promise<void>((resolve) => (open = resolve));
  const keys = createProviderKeys(async (url) => {
    asked += 1;
    await answering;
    if (failing) throw new IssuerUnreachable('not now');
    return url.endsWith('openid-configuration') ? { issuer: URL, jwks_uri: `${URL}/keys` } : jwks;
  }, gate);
  return {
    keys,
    gate,
    jwks,
    asked: () => asked,
    answer: () => open(),
    fail: () => {
      failing = true;
      open();
    },
  };
}

describe('keys of a provider that takes its time', () => {
  it('are waited for outside of the gate, by so many requests and no more', async () => {
    const { keys, gate, asked, answer } = await heldProvider();
    const waiting = Array.from({ length: MOST_WAITING }, () => keys.of(PROVIDER, NOW));
    assert.equal(gate.left, MOST_WAITING);
    await assert.rejects(keys.of(PROVIDER, NOW), IssuerUnreachable);
    await assert.rejects(keys.again(PROVIDER, NOW), IssuerUnreachable);
    assert.equal(gate.left, MOST_WAITING, 'who is refused keeps its place');
    answer();
    const sets = await Promise.all(waiting);
    assert.ok(sets.every((set) => set === sets[0]));
    assert.equal(gate.left, 0);
    assert.equal(asked(), 2, 'the description and the keys, once');
    assert.equal(await keys.of(PROVIDER, NOW), sets[0]);
    assert.equal(gate.left, 0, 'who need not wait keeps its place');
  });

  it('have only members that somebody needs, and none that is made to be long', async () => {
    const { keys, answer, jwks } = await heldProvider();
    const [good] = jwks.keys;
    assert.ok(good !== undefined);
    const operations = Array.from({ length: 40_000 }, (_, n) => n.toString(36));
    jwks.keys = [
      { ...good, kid: 'two', key_ops: operations },
      { ...good, kid: 'x'.repeat(2_000) },
      { kty: 'RSA', kid: 'three', n: 'x'.repeat(5_000), e: 'AQAB' },
      null as unknown as JWK,
    ];
    answer();
    const set = await keys.of(PROVIDER, NOW);
    assert.deepEqual(
      set.jwks().keys.map((key) => [key.kid, Object.keys(key).sort()]),
      [['two', ['alg', 'crv', 'kid', 'kty', 'x', 'y']]],
    );
  });

  it('are those with which a token can be checked', async () => {
    const { keys, answer, jwks } = await heldProvider();
    const rsa = (modulusLength: number, kid: string): JWK => ({
      ...(generateKeyPairSync('rsa', { modulusLength }).publicKey.export({ format: 'jwk' }) as JWK),
      kid,
    });
    jwks.keys = [
      ...jwks.keys,
      rsa(2_048, 'strong'),
      rsa(1_024, 'weak'),
      { kty: 'RSA', kid: 'nothing' },
      { kty: 'RSA', kid: 'empty', n: '', e: '' },
      { kty: 'EC', kid: 'off the curve', crv: 'P-256', x: 'AAAA', y: 'AAAA' },
      { kty: 'oct', kid: 'secret' },
    ];
    answer();
    const set = await keys.of(PROVIDER, NOW);
    assert.deepEqual(
      set.jwks().keys.map(({ kid }) => kid),
      ['one', 'strong'],
    );
  });

  it('are asked for again only a while after the last attempt ended', async () => {
    const { keys, asked, fail } = await heldProvider();
    const first = keys.of(PROVIDER, NOW);
    await sleep(60);
    fail();
    await assert.rejects(first, /not now/);
    const before = asked();
    await assert.rejects(keys.of(PROVIDER, NOW + 10_030), /a moment ago/);
    assert.equal(await keys.again(PROVIDER, NOW + 10_030), undefined);
    assert.equal(asked(), before);
    await assert.rejects(keys.of(PROVIDER, NOW + 60_000), /not now/);
    assert.equal(asked(), before + 1);
  });
});
