import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  ApiError,
  accessDenied,
  encodeError,
  encodeNoSuchProtocol,
  internalFailure,
  requestTooLarge,
  throttled,
  unknownOperation,
} from '../../src/aws/errors.ts';

const bodyOf = (error: ApiError, service: 'kms' | 'cloudhsmv2' = 'kms'): string =>
  encodeError(service, error).body.toString();

describe('errors on the wire', () => {
  it('carry the bare name and a lower-case message for KMS', () => {
    const error = new ApiError('NotFoundException', "Invalid keyId 'x'");
    assert.equal(bodyOf(error), `{"__type":"NotFoundException","message":"Invalid keyId 'x'"}`);
  });

  it('spell the message as the model of CloudHSM does', () => {
    const error = new ApiError('CloudHsmResourceNotFoundException', 'no cluster');
    assert.equal(
      bodyOf(error, 'cloudhsmv2'),
      '{"__type":"CloudHsmResourceNotFoundException","Message":"no cluster"}',
    );
  });

  it('have no message member where there is no message', () => {
    assert.equal(
      bodyOf(new ApiError('InvalidCiphertextException')),
      '{"__type":"InvalidCiphertextException"}',
    );
    assert.equal(bodyOf(unknownOperation()), '{"__type":"UnknownOperationException"}');
  });

  it('answer every client error with 400', () => {
    for (const code of [
      'NotFoundException',
      'AlreadyExistsException',
      'KMSInvalidStateException',
      'ConflictException',
    ]) {
      const error = new ApiError(code, 'x');
      assert.equal(encodeError('kms', error).status, 400);
      assert.equal(error.fault, 'client');
    }
    assert.equal(accessDenied('no').status, 400);
    assert.equal(throttled().status, 400);
  });

  it('answer failures of the service with 500 or 503, and too large bodies with 413', () => {
    const statuses = {
      KMSInternalException: 500,
      KeyUnavailableException: 500,
      InternalFailure: 500,
      CloudHsmInternalFailureException: 500,
      DependencyTimeoutException: 503,
      ServiceUnavailable: 503,
    };
    for (const [code, status] of Object.entries(statuses)) {
      const error = new ApiError(code);
      assert.equal(error.status, status, code);
      assert.equal(error.fault, 'server', code);
    }
    assert.equal(requestTooLarge().status, 413);
    assert.equal(internalFailure('kms').code, 'KMSInternalException');
    assert.equal(internalFailure('logs').code, 'InternalFailure');
  });

  it('declare type and length of the body', () => {
    const { headers, body } = encodeError('kms', new ApiError('ValidationException', 'schlüssel'));
    assert.equal(headers['content-type'], 'application/x-amz-json-1.1');
    assert.equal(headers['content-length'], String(body.length));
    assert.deepEqual(JSON.parse(body.toString()), { __type: 'ValidationException', message: 'schlüssel' });
  });

  it('answer what is no JSON request with 404 and XML', () => {
    const answer = encodeNoSuchProtocol();
    assert.equal(answer.status, 404);
    assert.equal(answer.body.toString(), '<UnknownOperationException/>');
  });
});
