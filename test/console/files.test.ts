/** The console's files as the server serves them. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync, gzipSync } from 'node:zlib';
import { createConsole } from '../../src/server/console.ts';
import type { EdgeAnswer, EdgeRequest } from '../../src/edge/edge.ts';

const BUILT = fileURLToPath(new URL('../../dist/console', import.meta.url));
const FIRST_LOAD_BYTES = 500_000;

describe("the console's files", () => {
  const root = mkdtempSync(join(tmpdir(), 'claviger-'));
  const dir = join(root, 'console');
  let serve: ReturnType<typeof createConsole>;

  before(() => {
    mkdirSync(join(dir, 'assets'), { recursive: true });
    writeFileSync(join(root, 'secret.txt'), 'not to be served');
    writeFileSync(join(dir, 'index.html'), '<p>console</p>');
    writeFileSync(join(dir, 'assets', 'a-1.js'), 'let a;');
    serve = createConsole(dir, ['eu-west-1']);
  });
  after(() => rmSync(root, { recursive: true }));

  const get = (target: string, headers: EdgeRequest['headers'] = {}): EdgeAnswer | undefined =>
    serve({
      method: 'GET',
      target,
      headers,
      rawHeaders: [],
      body: Buffer.alloc(0),
      sourceIp: '',
      tls: undefined,
    });
  const header = (answer: EdgeAnswer | undefined, name: string): string | undefined => {
    const at = answer?.headers.findIndex((value, index) => index % 2 === 0 && value === name) ?? -1;
    return at < 0 ? undefined : answer?.headers[at + 1];
  };

  it('come with a policy that allows nothing from elsewhere and nothing inline', () => {
    const policy = header(get('/console/'), 'Content-Security-Policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe|\*|http/);
    assert.equal(header(get('/console/'), 'X-Content-Type-Options'), 'nosniff');
  });

  it('are packed as the browser can unpack them', () => {
    assert.equal(String(get('/console/')?.body), '<p>console</p>');
    const gzip = get('/console/', { 'accept-encoding': 'gzip' });
    assert.equal(gunzipSync(gzip?.body as Buffer).toString(), '<p>console</p>');
    const brotli = get('/console/', { 'accept-encoding': 'gzip, deflate, br' });
    assert.equal(header(brotli, 'Content-Encoding'), 'br');
    assert.equal(brotliDecompressSync(brotli?.body as Buffer).toString(), '<p>console</p>');
  });

  it('are kept for ever when their name has their hash, and asked for again otherwise', () => {
    assert.match(header(get('/console/assets/a-1.js'), 'Cache-Control') ?? '', /immutable/);
    assert.equal(header(get('/console/'), 'Cache-Control'), 'no-cache');
    const etag = header(get('/console/'), 'ETag') ?? '';
    assert.equal(get('/console/', { 'if-none-match': etag })?.status, 304);
  });

  it('are those of the console and no others', () => {
    for (const target of [
      '/console/../secret.txt',
      '/console/%2e%2e/secret.txt',
      '/console/assets',
      '/console/x',
    ]) {
      assert.equal(get(target)?.status, 404, target);
    }
    assert.equal(get('/healthz'), undefined);
  });

  it('are found by who asks with a browser', () => {
    assert.equal(get('/', { accept: 'text/html,*/*' })?.status, 302);
    assert.equal(get('/'), undefined);
    assert.equal(header(get('/console'), 'Location'), '/console/');
  });

  it('tell the Regions that are served', () => {
    assert.deepEqual(JSON.parse(String(get('/console/installation.json')?.body)), { regions: ['eu-west-1'] });
  });

  it('need less than 500 kB of script, packed, for the first page', () => {
    const index = readFileSync(join(BUILT, 'index.html'), 'utf8');
    const named = [...index.matchAll(/assets\/[^"]+\.js/g)].map(([path]) => path);
    assert.ok(named.length > 0);
    const bytes = named.reduce((sum, path) => sum + gzipSync(readFileSync(join(BUILT, path))).length, 0);
    // the first page's own script, which is loaded after it
    const overview =
      readdirSync(join(BUILT, 'assets')).find((name) => /^overview-page.*\.js$/.test(name)) ?? '';
    const first = bytes + gzipSync(readFileSync(join(BUILT, 'assets', overview))).length;
    assert.ok(first < FIRST_LOAD_BYTES, `${first} bytes`);
  });
});
