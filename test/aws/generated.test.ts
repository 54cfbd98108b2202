import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { compileDecoders } from '../../src/aws/decoder.ts';
import { compileEncoders } from '../../src/aws/encoder.ts';
import { operationOfTarget, services, signingName } from '../../src/aws/services.ts';

describe('generated API', () => {
  it('is what the models give', () => {
    const script = join(import.meta.dirname, '../../scripts/generate-api.mjs');
    execFileSync(process.execPath, [script, '--check'], { stdio: 'pipe' });
  });

  it('has only operations whose shapes and errors are there', () => {
    let shapes = 0;
    for (const model of Object.values(services)) {
      for (const { input, output, errors } of Object.values(model.operations)) {
        for (const name of [input, output]) if (name !== undefined) assert.ok(name in model.shapes, name);
        for (const code of errors) assert.ok(code in model.errors, code);
      }
      for (const shape of Object.values(model.shapes)) {
        const names =
          shape.type === 'structure'
            ? Object.values(shape.members)
            : shape.type === 'list'
              ? [shape.member]
              : shape.type === 'map'
                ? [shape.key, shape.value]
                : [];
        for (const name of names) assert.ok(name in model.shapes, name);
        shapes += 1;
      }
    }
    assert.ok(shapes > 500);
  });

  it('compiles every shape of every service, patterns too', () => {
    for (const model of Object.values(services)) {
      const decoders = compileDecoders(model);
      const encoders = compileEncoders(model);
      for (const name of Object.keys(model.shapes)) {
        assert.equal(typeof decoders(name), 'function');
        assert.equal(typeof encoders(name), 'function');
      }
    }
  });

  it('knows the 56 operations of KMS by their targets', () => {
    const names = Object.keys(services.kms.operations);
    assert.equal(names.length, 56);
    for (const operation of names) {
      assert.deepEqual(operationOfTarget(`TrentService.${operation}`), { service: 'kms', operation });
    }
    assert.deepEqual(operationOfTarget('BaldrApiService.CreateCluster'), {
      service: 'cloudhsmv2',
      operation: 'CreateCluster',
    });
    for (const target of ['', 'Encrypt', 'TrentService.', 'TrentService.encrypt', 'TrentService.toString']) {
      assert.equal(operationOfTarget(target), undefined, target);
    }
  });

  it('signs CloudHSM by another name than its endpoint', () => {
    assert.equal(signingName('cloudhsmv2'), 'cloudhsm');
    assert.equal(signingName('kms'), 'kms');
  });
});
