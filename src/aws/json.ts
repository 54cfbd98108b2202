/** AWS JSON 1.1: bytes of a request to the input of an operation, output of an operation to the bytes of its answer. */
import { Violations } from './constraints.ts';
import { compileDecoders, type Decode, type Decoding } from './decoder.ts';
import { compileEncoders } from './encoder.ts';
import { serializationError } from './errors.ts';
import { countMembers, parseJson } from './json-text.ts';
import { services, type Input, type OperationName, type Output, type ServiceName } from './services.ts';

/** Services that speak JSON; iam and sts speak the Query protocol. */
export type JsonServiceName = Exclude<ServiceName, 'iam' | 'sts'>;

interface Codec {
  readonly decodeInput: Decode | undefined;
  readonly encodeOutput: ((value: unknown) => string) | undefined;
}

const codecs = new Map<string, Map<string, Codec>>();

function codecOf(service: ServiceName, operation: string): Codec {
  let ofService = codecs.get(service);
  if (ofService === undefined) {
    ofService = compileService(service);
    codecs.set(service, ofService);
  }
  const codec = ofService.get(operation);
  if (codec === undefined) throw new Error(`${service} has no operation ${operation}`);
  return codec;
}

function compileService(service: ServiceName): Map<string, Codec> {
  const model = services[service];
  const decoders = compileDecoders(model);
  const encoders = compileEncoders(model);
  const entries = Object.entries(model.operations).map(([name, { input, output }]): [string, Codec] => [
    name,
    {
      decodeInput: input === undefined ? undefined : decoders(input),
      encodeOutput: output === undefined ? undefined : encoders(output),
    },
  ]);
  return new Map(entries);
}

/**
 * The input of an operation, checked against its model. Blobs are Buffers, timestamps Dates, maps have no prototype;
 * members that are null or unknown to the model are left out.
 * @throws ApiError SerializationException for what cannot be read; ValidationException naming every constraint that the
 *   input breaks
 */
export function decodeRequest<S extends JsonServiceName, O extends OperationName<S>>(
  service: S,
  operation: O,
  body: Buffer,
): Input<S, O> {
  const { decodeInput } = codecOf(service, operation);
  const { value, members } = parseJson(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw serializationError();
  const decoding: Decoding = { violations: new Violations(), members: 0 };
  const input = decodeInput?.(value, '', '', decoding);
  const found = decodeInput === undefined ? countMembers(value) : decoding.members;
  if (found !== members) throw serializationError('A member occurs more than once in the request.');
  if (decoding.violations.any) throw decoding.violations.error();
  return input as Input<S, O>;
}

/**
 * The body of a successful answer: empty where the model has no output, `{}` where the output has no members.
 * @throws TypeError when the output does not fit the model
 */
export function encodeResponse<S extends JsonServiceName, O extends OperationName<S>>(
  service: S,
  operation: O,
  output: Output<S, O>,
): string {
  const { encodeOutput } = codecOf(service, operation);
  return encodeOutput === undefined ? '' : encodeOutput(output ?? {});
}
