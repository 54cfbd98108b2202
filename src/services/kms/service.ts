/** KMS as the server's edge sees it: the bytes of an authenticated request in, the text of the answer out. */
import { ApiError } from '../../aws/errors.ts';
import { decodeRequest, encodeResponse } from '../../aws/json.ts';
import { JournalUnavailable } from '../../audit/journal.ts';
import type { CallRequest } from '../../access/call-request.ts';
import { Call } from './call.ts';
import { noConditions } from './condition-context.ts';
import { internal, unsupported } from './errors.ts';
import type { Kms } from './kms.ts';
import { operation as declare } from './operation.ts';
import type { Input, Operation, OperationName } from './operation.ts';
import { builtOperation } from './operations/index.ts';
import { execute } from './pipeline.ts';

/**
 * @param name an operation of the API model
 * @throws ApiError
 */
export async function handleKms(
  kms: Kms,
  name: OperationName,
  request: CallRequest,
  body: Buffer,
): Promise<string> {
  const operation = builtOperation(name) ?? notBuilt(name);
  let input: Input<OperationName>;
  try {
    input = decodeRequest('kms', name, body);
  } catch (error) {
    if (error instanceof ApiError) await recordRefused(kms, operation, request, error);
    throw error;
  }
  const output = await execute(kms, operation, request, input);
  return encodeResponse('kms', name, output as never);
}

/** An operation that the model knows and this build does not: an honest error, recorded like any other. */
function notBuilt(name: OperationName): Operation {
  return declare(name, {
    action: `kms:${name}`,
    readOnly: false,
    context: noConditions,
    audit: () => null,
    handle: async () => {
      throw unsupported(`${name} is not available in this version of Claviger.`);
    },
  });
}

/** A request whose input could not be read is on record too, without its parameters. */
async function recordRefused(
  kms: Kms,
  operation: Operation,
  request: CallRequest,
  error: ApiError,
): Promise<void> {
  const call = new Call(kms, { ...operation, audit: () => null }, request, {});
  try {
    await call.recordEnd(error);
  } catch (failure) {
    if (!(failure instanceof JournalUnavailable)) throw failure;
    throw internal('The audit trail cannot be written.');
  }
}
