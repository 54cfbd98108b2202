/** Imports point one way: cli → supervisor, server → services, jobs → access, key stores, audit, storage → rooms that know nothing of KMS. */
const room = (...names) => `^src/(${names.join('|')})/`;
const only = (from, ...to) => ({
  name: `${from}-imports-only`,
  severity: 'error',
  comment: `src/${from} may import only: ${[from, ...to].join(', ')}`,
  from: { path: room(from) },
  to: { path: '^src/', pathNot: room(from, ...to) },
});

module.exports = {
  forbidden: [
    {
      name: 'no-cycles-between-rooms',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    only('rpc'),
    only('native'),
    only('logging'),
    only('configuration'),
    only('attestation'),
    only('metrics'),
    only('metering', 'configuration', 'storage'),
    only('aws'),
    only('pkcs11', 'native'),
    only('seal', 'pkcs11', 'native', 'logging'),
    // processes that hold keys know nothing of the server
    only('hsm', 'rpc', 'pkcs11', 'native', 'logging'),
    only('crypto-process', 'rpc', 'seal', 'pkcs11', 'native', 'logging'),
    only('hsm-client', 'rpc'),
    only('operator', 'hsm-client', 'hsm', 'rpc', 'native', 'logging', 'seal', 'crypto-process'),
    only('audit'),
    only('access', 'aws', 'audit'),
    only('storage'),
    only('keystores', 'rpc', 'hsm-client', 'crypto-process', 'storage', 'logging'),
    only(
      'services',
      'access',
      'attestation',
      'audit',
      'aws',
      'configuration',
      'keystores',
      'metering',
      'storage',
      'logging',
    ),
    only('jobs', 'services', 'audit', 'metering', 'storage', 'logging'),
    {
      name: 'server-holds-no-key',
      severity: 'error',
      comment:
        'src/server puts services together; it comes near no process that holds keys, and nothing that runs it',
      from: { path: room('server') },
      to: { path: room('hsm', 'crypto-process', 'pkcs11', 'seal', 'operator', 'supervisor', 'cli') },
    },
    only('drill', 'supervisor', 'operator'),
    only('supervisor', 'server', 'hsm', 'operator', 'seal', 'aws', 'configuration', 'logging'),
    {
      name: 'key-stores-use-only-the-client-of-the-crypto-process',
      severity: 'error',
      from: { path: room('keystores') },
      to: { path: room('crypto-process'), pathNot: '^src/crypto-process/(client|messages)\\.ts$' },
    },
    {
      name: 'supervisor-takes-only-types-of-the-server',
      severity: 'error',
      from: { path: room('supervisor') },
      to: { path: room('server'), dependencyTypesNot: ['type-only'] },
    },
    { name: 'not-to-tests', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench)/' } },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev'] },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default'],
    },
  },
};
