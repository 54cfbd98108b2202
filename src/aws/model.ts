/**
 * src/aws: the wire, the same for all services. API models as data, the JSON 1.1 codec and its validation, error bodies,
 * Signature Version 4, ARNs. What must not live here: anything that knows what an operation does, who may call it, or
 * where keys are.
 *
 * This file: the shape of the generated tables (generated/<service>.ts, made from models/<service>.json).
 */

/** Limits of a value: length in characters or decoded bytes or elements, range of numbers. */
interface Limits {
  readonly min?: number;
  readonly max?: number;
  /** A Java regular expression that the whole value must match. */
  readonly pattern?: string;
  readonly enum?: readonly string[];
  /** The value must not be repeated in messages. */
  readonly sensitive?: boolean;
}

export interface StructureShape {
  readonly type: 'structure';
  /** Member name → name of its shape, in the model's order. */
  readonly members: Readonly<Record<string, string>>;
  readonly required?: readonly string[];
}

export interface ListShape extends Limits {
  readonly type: 'list';
  readonly member: string;
}

export interface MapShape extends Limits {
  readonly type: 'map';
  readonly key: string;
  readonly value: string;
}

export interface ScalarShape extends Limits {
  readonly type: 'string' | 'blob' | 'integer' | 'long' | 'float' | 'double' | 'boolean' | 'timestamp';
}

export type Shape = StructureShape | ListShape | MapShape | ScalarShape;

export interface OperationModel {
  /** Shape names; an operation without an output shape answers an empty body. */
  readonly input?: string;
  readonly output?: string;
  /** Query protocol: the element around the result. */
  readonly resultWrapper?: string;
  /** Error shapes that the operation may answer, besides the errors common to all. */
  readonly errors: readonly string[];
}

export interface ErrorModel {
  /** Query protocol: code and HTTP status on the wire, where they differ from the shape's name and 400. */
  readonly code?: string;
  readonly status?: number;
  /** The service is to blame, not the client. */
  readonly fault?: boolean;
  /** How the model spells the message member. */
  readonly message?: string;
}

export interface ServiceModel {
  readonly metadata: {
    readonly apiVersion: string;
    readonly endpointPrefix: string;
    readonly protocol: string;
    readonly serviceId: string;
    readonly signatureVersion: string;
    readonly jsonVersion?: string;
    /** The service in the credential scope, where it is not the endpoint prefix. */
    readonly signingName?: string;
    /** What stands before the dot in X-Amz-Target. */
    readonly targetPrefix?: string;
    readonly xmlNamespace?: string;
  };
  readonly operations: Readonly<Record<string, OperationModel>>;
  readonly errors: Readonly<Record<string, ErrorModel>>;
  readonly shapes: Readonly<Record<string, Shape>>;
}
