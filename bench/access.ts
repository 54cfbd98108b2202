/**
 * What a decision costs: `node --import tsx bench/access.ts`. Prints µs per decision for the root user with the default key
 * policy, and for a user with three IAM policies, a key policy of ten statements and a grant.
 */
import { createAccessControl } from '../src/access/access-control.ts';
import type { AccessRequest } from '../src/access/access-control.ts';
import { createAuthorizationMessages } from '../src/access/authorization-message.ts';
import { rootCaller } from '../src/access/caller.ts';
import type { Caller } from '../src/access/caller.ts';
import { GrantIndex } from '../src/access/grant-index.ts';
import { defaultKeyPolicy } from '../src/services/kms/key-policy.ts';
import { POLICY_NAMES, identityPolicies, keyPolicyOfTen } from './principals.ts';

const ACCOUNT = '111122223333';
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;
const USER = `arn:aws:iam::${ACCOUNT}:user/app`;
const ROUNDS = 400_000;

const tenStatements = keyPolicyOfTen(ACCOUNT);
const identity = identityPolicies(ACCOUNT).map((document, i) => ({ name: POLICY_NAMES[i] ?? '', document }));

const grants = new GrantIndex([
  {
    grantId: '0'.repeat(64),
    keyArn: KEY,
    granteePrincipal: `arn:aws:iam::${ACCOUNT}:role/worker`,
    retiringPrincipal: undefined,
    operations: ['Decrypt'],
    constraints: undefined,
    issuingAccountId: ACCOUNT,
  },
]);

const access = createAccessControl({
  directory: {
    policiesOf: () => ({ policies: identity, boundary: undefined }),
    uniqueIdOf: () => undefined,
    arnOf: () => undefined,
    isAccount: () => true,
  },
  grantsOf: () => grants,
  clock: Date.now,
  messages: createAuthorizationMessages(Buffer.alloc(32)),
});

const root = rootCaller(ACCOUNT, 'AKIAEXAMPLE');
const user: Caller = {
  ...root,
  arn: USER,
  principal: {
    ...root.principal,
    type: 'User',
    arn: USER,
    issuerArn: USER,
    userId: 'AIDAEXAMPLEEXAMPLE',
    userName: 'app',
  },
};

function requestOf(caller: Caller, keyPolicy: string): AccessRequest {
  return {
    request: {
      caller,
      region: 'us-east-1',
      requestId: '00000000-0000-4000-8000-000000000000',
      origin: { sourceIp: '127.0.0.1', userAgent: 'bench' },
    },
    action: 'kms:GenerateDataKey',
    resource: KEY,
    resourceAccountId: ACCOUNT,
    keyPolicy,
    grant: { encryptionContext: { purpose: 'benchmark' } },
    context: () => ({ 'kms:CallerAccount': ACCOUNT, 'kms:EncryptionContext:purpose': 'benchmark' }),
  };
}

function measure(name: string, wanted: AccessRequest): void {
  const run = (rounds: number): number => {
    const start = process.cpuUsage(); // not wall time: others may use the machine
    for (let i = 0; i < rounds; i += 1) {
      access.asksFor(wanted.request, wanted.keyPolicy ?? '', 'aws:resourcetag/');
      access.authorize(wanted);
    }
    return process.cpuUsage(start).user / rounds;
  };
  run(ROUNDS / 10);
  console.log(`${name}: ${run(ROUNDS).toFixed(2)} µs`);
}

measure('root user, default key policy', requestOf(root, defaultKeyPolicy(ACCOUNT)));
measure('user, 3 IAM policies, 10-statement key policy, 1 grant', requestOf(user, tenStatements));
