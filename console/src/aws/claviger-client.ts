/** Claviger's own API (docs/claviger-api.md): what AWS's APIs do not tell. Signed by AWS's own signer, as every other call. */
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { ClavigerOperations } from '../../../src/aws/generated/claviger.ts';

type OperationName = keyof ClavigerOperations;

/** What goes over the wire: times are seconds since 1970, bytes are in base64. */
type Wire<T> = T extends Date
  ? number
  : T extends Uint8Array
    ? string
    : T extends readonly (infer E)[]
      ? Wire<E>[]
      : T extends object
        ? { [K in keyof T]: Wire<T[K]> }
        : T;

export type Answered<O extends OperationName> = Wire<ClavigerOperations[O]['output']>;

export interface ClavigerClient {
  /** @throws Error whose name is the API's code */
  readonly call: <O extends OperationName>(
    operation: O,
    input: Wire<ClavigerOperations[O]['input']>,
  ) => Promise<Answered<O>>;
}

/** What calls are signed with. */
export interface Signing {
  region: string;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
}

const TARGET = 'Claviger_20261126';
const THROTTLED = 'ThrottlingException';
const TRIES = 6;
const FIRST_PAUSE_MS = 250;

export function createClavigerClient(endpoint: string, { region, credentials }: Signing): ClavigerClient {
  const signer = new SignatureV4({ service: 'claviger', region, credentials, sha256: Sha256 });
  const { protocol, hostname, host, port } = new URL(endpoint);

  const send = async (operation: string, input: object): Promise<unknown> => {
    const body = JSON.stringify(input);
    const signed = await signer.sign({
      ...{ method: 'POST', protocol, hostname, path: '/', body },
      ...(port === '' ? {} : { port: Number(port) }),
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `${TARGET}.${operation}`,
      },
    });
    const { host: _host, ...headers } = signed.headers;
    const answer = await fetch(endpoint, { method: 'POST', headers, body });
    const told = (await answer.json()) as { __type?: string; message?: string };
    if (answer.ok) return told;
    throw Object.assign(new Error(told.message ?? ''), { name: told.__type ?? `HTTP ${answer.status}` });
  };

  return {
    async call(operation, input) {
      for (let tries = 1; ; tries += 1) {
        try {
          return (await send(operation, input)) as never;
        } catch (error) {
          if ((error as Error).name !== THROTTLED || tries === TRIES) throw error;
          await new Promise((resolve) => setTimeout(resolve, FIRST_PAUSE_MS * 2 ** tries));
        }
      }
    },
  };
}

/** A time of the API as JavaScript has it. */
export function timeOf(seconds: number | undefined): Date | undefined {
  return seconds === undefined ? undefined : new Date(seconds * 1000);
}
