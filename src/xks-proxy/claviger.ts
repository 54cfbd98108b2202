/** The client of Claviger's own API (docs/claviger-api.md): the operations on external keys, and how the HSMs are. */
import { signRequest } from '../aws/sigv4/sign.ts';
import { IV_BYTES, MAX_METADATA_BYTES, TAG_BYTES, decodeBase64 } from '../xks/protocol.ts';
import type { ProxyCiphertext } from '../xks/protocol.ts';
import type { ClavigerAccess } from './configuration.ts';
import { Endpoints } from './endpoints.ts';
import type { Answer } from './endpoints.ts';
import type { DecryptRequest, EncryptRequest, OnBehalfOf } from './requests.ts';

const SERVICE = 'claviger';
const TARGET = 'Claviger_20261126';
const CONTENT_TYPE = 'application/x-amz-json-1.1';
/** GenerateExternalKey is asked for by a person, who waits. */
const PATIENT_MS = 10_000;

/** Claviger answers with an error, or with something that is no answer of it. */
export class ClavigerRefused extends Error {
  /** `__type` of the error; `UnknownAnswer` for what is none of Claviger's. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.name = 'ClavigerRefused';
    this.code = code;
  }
}

export interface ExternalKeyDescription {
  readonly keySpec: string;
  readonly keyUsage: readonly string[];
  readonly enabled: boolean;
}

export type HsmState = 'SERVING' | 'REACHABLE' | 'UNREACHABLE';

export interface HsmFigure {
  readonly hsmId: string;
  readonly state: HsmState;
}

type Members = Readonly<Record<string, unknown>>;

/** @throws NoAnswer, ClavigerRefused from every method but `ready` and `close` */
export class Claviger {
  readonly clusterId: string | undefined;
  /** How long a call may take. */
  readonly timeoutMilliseconds: number;
  readonly #access: ClavigerAccess;
  readonly #endpoints: Endpoints;

  constructor(access: ClavigerAccess) {
    this.clusterId = access.clusterId;
    this.timeoutMilliseconds = access.timeoutMilliseconds;
    this.#access = access;
    this.#endpoints = new Endpoints({ urls: access.endpoints, ca: access.trustAnchor });
  }

  /** @param keyId id or ARN of a KMS key in an HSM cluster @returns the XksKeyId */
  async generateKey(keyId: string): Promise<string> {
    const { XksKeyId } = await this.#call('GenerateExternalKey', { KeyId: keyId }, PATIENT_MS);
    if (typeof XksKeyId !== 'string') throw unknownAnswer('XksKeyId');
    return XksKeyId;
  }

  async describeKey(xksKeyId: string, on: OnBehalfOf): Promise<ExternalKeyDescription> {
    const { KeySpec, KeyUsage, Enabled } = await this.#call('DescribeExternalKey', {
      XksKeyId: xksKeyId,
      ...onBehalfOf(on),
    });
    if (typeof KeySpec !== 'string') throw unknownAnswer('KeySpec');
    if (!isTexts(KeyUsage)) throw unknownAnswer('KeyUsage');
    if (typeof Enabled !== 'boolean') throw unknownAnswer('Enabled');
    return { keySpec: KeySpec, keyUsage: KeyUsage, enabled: Enabled };
  }

  /** @param milliseconds as configured when undefined */
  async encrypt(
    xksKeyId: string,
    { onBehalfOf, aad, plaintext }: Omit<EncryptRequest, 'integrity'>,
    milliseconds?: number,
  ): Promise<ProxyCiphertext> {
    const input = {
      XksKeyId: xksKeyId,
      Plaintext: plaintext.toString('base64'),
      ...context(aad, onBehalfOf),
    };
    const answer = await this.#call('EncryptWithExternalKey', input, milliseconds);
    const metadata = bytesOf(answer, 'CiphertextMetadata');
    if (metadata.length === 0 || metadata.length > MAX_METADATA_BYTES)
      throw unknownAnswer('CiphertextMetadata');
    const iv = bytesOf(answer, 'InitializationVector');
    if (!IV_BYTES.includes(iv.length)) throw unknownAnswer('InitializationVector');
    return {
      metadata,
      iv,
      tag: bytesOf(answer, 'AuthenticationTag', TAG_BYTES),
      ciphertext: bytesOf(answer, 'Ciphertext', plaintext.length),
    };
  }

  /** @param milliseconds as configured when undefined */
  async decrypt(
    xksKeyId: string,
    { onBehalfOf, aad, message }: DecryptRequest,
    milliseconds?: number,
  ): Promise<Buffer> {
    const { metadata, iv, tag, ciphertext } = message;
    const input = {
      XksKeyId: xksKeyId,
      Ciphertext: ciphertext.toString('base64'),
      CiphertextMetadata: metadata.toString('base64'),
      InitializationVector: iv.toString('base64'),
      AuthenticationTag: tag.toString('base64'),
      ...context(aad, onBehalfOf),
    };
    const answer = await this.#call('DecryptWithExternalKey', input, milliseconds);
    return bytesOf(answer, 'Plaintext', ciphertext.length);
  }

  /** How each HSM of a cluster is. */
  async hsms(clusterId: string): Promise<readonly HsmFigure[]> {
    const { Hsms } = await this.#call('DescribeHsmFigures', { ClusterId: clusterId });
    if (!Array.isArray(Hsms)) throw unknownAnswer('Hsms');
    return Hsms.map((hsm: Members | null) => {
      const { HsmId, State } = hsm ?? {};
      if (typeof HsmId !== 'string' || !isHsmState(State)) throw unknownAnswer('Hsms');
      return { hsmId: HsmId, state: State };
    });
  }

  /** Which endpoints can serve, by host and port. */
  async ready(): Promise<ReadonlyMap<string, boolean>> {
    const ask = { method: 'GET', path: '/readyz', headers: (host: string) => ({ host }), body: '' } as const;
    const answers = await this.#endpoints.askEach(ask, this.timeoutMilliseconds);
    return new Map(Array.from(answers, ([host, answer]) => [host, answer?.status === 200]));
  }

  /** Keeps no connection any more; calls that run may end. */
  close(): void {
    this.#endpoints.close();
  }

  async #call(operation: string, input: Members, milliseconds = this.timeoutMilliseconds): Promise<Members> {
    const body = JSON.stringify(input);
    const headers = (host: string): Record<string, string> =>
      signRequest({
        method: 'POST',
        host,
        path: '/',
        headers: { 'content-type': CONTENT_TYPE, 'x-amz-target': `${TARGET}.${operation}` },
        body,
        credentials: this.#access,
        region: this.#access.region,
        service: SERVICE,
        now: new Date(),
      });
    return contentOf(await this.#endpoints.ask({ method: 'POST', path: '/', headers, body }, milliseconds));
  }
}

/** What both cryptographic operations are told beside the message. */
function context(aad: Buffer, on: OnBehalfOf): Members {
  return {
    ...(aad.length > 0 && { AdditionalAuthenticatedData: aad.toString('base64') }),
    ...onBehalfOf(on),
  };
}

/** For Claviger's audit event. */
function onBehalfOf(on: OnBehalfOf): Members {
  return {
    OnBehalfOf: {
      KmsKeyArn: on.kmsKeyArn,
      PrincipalArn: on.principalArn,
      Operation: on.operation,
      RequestId: on.requestId,
      ViaService: on.viaService,
      SourceVpc: on.sourceVpc,
      SourceVpce: on.sourceVpce,
    },
  };
}

/** @throws ClavigerRefused for any answer but 200 and a JSON object */
function contentOf({ status, body }: Answer): Members {
  let content: unknown;
  try {
    content = JSON.parse(body.toString('utf8'));
  } catch {
    // the edge has no words for a request that it has no room for
    if (status === 503)
      throw new ClavigerRefused('ServiceUnavailable', 'Claviger has no room for the request');
    throw unknownAnswer('form');
  }
  if (typeof content !== 'object' || content === null) throw unknownAnswer('form');
  if (status === 200) return content as Members;
  const { __type, message } = content as Members;
  if (typeof __type !== 'string') throw unknownAnswer('__type');
  throw new ClavigerRefused(__type, typeof message === 'string' ? message : __type);
}

/** What is wrong is said by the member's name only: an answer may hold a plaintext. */
function unknownAnswer(member: string): ClavigerRefused {
  return new ClavigerRefused('UnknownAnswer', `the ${member} of the answer is none of Claviger's`);
}

function bytesOf(answer: Members, member: string, length?: number): Buffer {
  const value = decodeBase64(answer[member]);
  if (value === undefined || (length !== undefined && value.length !== length)) throw unknownAnswer(member);
  return value;
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const isHsmState = (value: unknown): value is HsmState =>
  value === 'SERVING' || value === 'REACHABLE' || value === 'UNREACHABLE';
