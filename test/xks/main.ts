/**
 * The tests' XKS proxy to try external key stores with, its keys in memory: `npm run example-xks-proxy -- [folder]`. Writes
 * into the folder what Claviger and the AWS CLI need to know of it, and runs until Ctrl-C.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { HOST, service, storeBehind } from './store.ts';
import { startXksProxy } from './xks-proxy.ts';

const folder = resolve(process.argv[2] ?? 'xks');
mkdirSync(folder, { recursive: true, mode: 0o700 });
const proxy = await startXksProxy({ host: HOST, keys: { 'key-1': {}, 'key-2': {} } });
const ca = join(folder, 'ca.pem');
writeFileSync(ca, proxy.ca);
writeFileSync(
  join(folder, 'claviger.yaml'),
  `externalKeyStores:
  certificateAuthorities: [${ca}]
  vpcEndpointServices:
    ${service(0)}: { privateDnsName: ${HOST}, address: '127.0.0.1:${proxy.port}' }
`,
);
writeFileSync(
  join(folder, 'store.json'),
  JSON.stringify({ ...storeBehind(proxy), XksProxyVpcEndpointServiceName: service(0) }),
  { mode: 0o600 },
);
process.stdout.write(
  `An XKS proxy with the keys key-1 and key-2 listens on 127.0.0.1:${proxy.port}. ${folder} has its claviger.yaml and store.json.\n`,
);
