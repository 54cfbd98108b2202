/** The IAM API: principals and their policies as their owner looks after them. AWS: IAM API reference. */
import { createService, queryCodec } from '../api/serve.ts';
import type { ServiceHandler } from '../api/serve.ts';
import type { DeclaredOperation } from '../api/contract.ts';
import { ApiError } from '../../aws/errors.ts';
import type { Iam } from './operation.ts';
import { iamOperations, simulationOperations } from './operations/index.ts';
import { resourceTags } from './tags.ts';

/** Where IAM is, wherever it is called from: CloudTrail records its events there. */
const REGION = 'us-east-1';

export function createIam(ports: Iam): ServiceHandler {
  const operations = [...iamOperations, ...(ports.simulate === undefined ? [] : simulationOperations)];
  const serve = createService({
    service: 'iam',
    eventSource: 'iam.amazonaws.com',
    ports,
    codec: queryCodec('iam'),
    operations: inTurn(operations),
    resourceContext: (resource, { accountId }) => resourceTags(ports.principals.byArn(resource, accountId)),
    // AWS: GetSessionToken, "Permissions": such a session calls no IAM operation unless MFA is in it
    admit(_operation, { principal: { type, session } }) {
      if (type === 'User' && session?.mfa === false)
        throw new ApiError('InvalidClientTokenId', TOKEN_INVALID);
    },
  });
  return (operation, request, body) => serve(operation, { ...request, region: REGION }, body);
}

const TOKEN_INVALID = 'The security token included in the request is invalid';

/** Changes run one after the other: each looks at what is there before it writes. */
function inTurn(operations: readonly DeclaredOperation<Iam>[]): DeclaredOperation<Iam>[] {
  let last: Promise<unknown> = Promise.resolve();
  return operations.map((operation) => {
    if (operation.readOnly) return operation;
    return {
      ...operation,
      handle: (call) => {
        const turn = last.then(() => operation.handle(call));
        last = turn.catch(() => undefined);
        return turn;
      },
    };
  });
}
