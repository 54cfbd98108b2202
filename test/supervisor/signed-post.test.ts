/** Our own client reaches a server at any address that one may be given. */
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { it } from 'node:test';
import { postSigned } from '../../src/supervisor/signed-post.ts';

const addresses = Object.values(networkInterfaces()).flatMap((all) => all ?? []);
const skip = addresses.some(({ address }) => address === '::1') ? false : 'there is no IPv6 here';

it('a server at an IPv6 address is reached', { skip }, async () => {
  const server = createServer((request, response) => response.end(request.headers.host));
  await new Promise<void>((resolve) => server.listen(0, '::1', resolve));
  const url = `http://[::1]:${(server.address() as AddressInfo).port}`;
  const endpoint = { url, region: 'us-east-1', accessKeyId: 'AKIA', secretAccessKey: 'secret' };
  try {
    const { status, text } = await postSigned(endpoint, { service: 'kms', headers: {}, body: '{}' });
    assert.deepEqual([status, text], [200, new URL(url).host]);
  } finally {
    server.close();
  }
});
