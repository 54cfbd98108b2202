/** Filter patterns of CloudWatch Logs: what each form matches, and that any pattern is either read or refused. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../../src/aws/errors.ts';
import { compileFilterPattern, parseTerms } from '../../src/services/logs/filter-pattern.ts';

const matches = (pattern: string, message: string): boolean => compileFilterPattern(pattern)(message);

describe('a filter pattern of terms', () => {
  const table: [string, string, boolean][] = [
    ['', 'anything', true],
    ['ERROR', '[ERROR 400] BAD REQUEST', true],
    ['error', '[ERROR 400] BAD REQUEST', false],
    ['ERROR REQUEST', '[ERROR 400] BAD REQUEST', true],
    ['ERROR 500', '[ERROR 400] BAD REQUEST', false],
    ['?ERROR ?WARN', 'WARN disk', true],
    ['?ERROR ?WARN', 'INFO disk', false],
    ['ERROR -EXITING', 'ERROR went on', true],
    ['ERROR -EXITING', 'ERROR and EXITING', false],
    ['-EXITING', 'went on', true],
    ['"BAD REQUEST"', '[ERROR 400] BAD REQUEST', true],
    ['"REQUEST BAD"', '[ERROR 400] BAD REQUEST', false],
    ['"User Name : kmsuser"', 'x\nUser Name : kmsuser\n', true],
    ['-"BAD REQUEST" ERROR', '[ERROR 400] BAD REQUEST', false],
    ['"say \\"hello\\""', 'they say "hello"', true],
    ['?a b', 'a', false],
  ];
  for (const [pattern, message, wanted] of table) {
    it(`${JSON.stringify(pattern)} ${wanted ? 'matches' : 'does not match'} ${JSON.stringify(message)}`, () => {
      assert.equal(matches(pattern, message), wanted);
    });
  }

  it('finds exactly the messages that hold all required and no excluded terms', () => {
    const word = fc.stringMatching(/^[a-z]{1,3}$/);
    const term = fc.record({ text: word, sign: fc.constantFrom('', '-'), quoted: fc.boolean() });
    fc.assert(
      fc.property(fc.array(term, { minLength: 1, maxLength: 5 }), fc.array(word), (terms, words) => {
        const pattern = terms
          .map(({ sign, text, quoted }) => sign + (quoted ? `"${text}"` : text))
          .join('  ');
        const message = words.join(' ');
        const wanted = terms.every(({ sign, text }) => message.includes(text) === (sign === ''));
        assert.equal(matches(pattern, message), wanted);
      }),
    );
  });

  it('reads any phrase back as it was meant', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (text) => {
        const quoted = `"${text.replace(/[\\"]/g, '\\$&')}"`;
        assert.deepEqual(parseTerms(quoted), [{ kind: 'required', text }]);
        assert.ok(matches(`-x${'y'.repeat(40)} ${quoted}`, `before ${text} after`));
      }),
    );
  });
});

describe('a filter pattern for JSON', () => {
  const event = {
    eventType: 'UpdateTrail',
    sourceIPAddress: '111.111.111.111',
    arrayKey: ['value', 'another'],
    objectList: [
      { name: 'a', id: 1 },
      { name: 'b', id: 2 },
    ],
    SomeObject: null,
    ThisFlag: true,
    bandwidth: 75,
    'a.b': { 'c d': 'x' },
    text: '75',
  };
  const table: [string, boolean][] = [
    ['{ $.eventType = "UpdateTrail" }', true],
    ['{ $.eventType = UpdateTrail }', true],
    ['{$.eventType="Update*"}', true],
    ['{ $.eventType = "*Tr*" }', true],
    ['{ $.eventType = "Trail*" }', false],
    ['{ $.sourceIPAddress != 123.123.* }', true],
    ['{ $.sourceIPAddress = 111.111.* }', true],
    ['{ $.arrayKey[0] = "value" }', true],
    ['{ $.objectList[1].id = 2 }', true],
    ['{ $.objectList[2].id = 2 }', false],
    ['{ $.SomeObject IS NULL }', true],
    ['{ $.SomeOtherObject NOT EXISTS }', true],
    ['{ $.bandwidth EXISTS }', true],
    ['{ $.ThisFlag IS TRUE }', true],
    ['{ $.ThisFlag IS FALSE }', false],
    ['{ $.bandwidth > 74.9 }', true],
    ['{ $.bandwidth < 75 }', false],
    ['{ $.bandwidth >= 7.5e1 && $.bandwidth <= 75 }', true],
    ['{ $.nothing != "x" }', false],
    ['{ $.text = 75 }', false],
    ['{ $.text = "75" }', true],
    ['{ $["a.b"]["c d"] = "x" }', true],
    ['{ $.ThisFlag IS FALSE || $.bandwidth = 75 && $.eventType = "UpdateTrail" }', true],
    ['{ ($.ThisFlag IS FALSE || $.bandwidth = 75) && $.eventType = "x" }', false],
  ];
  for (const [pattern, wanted] of table) {
    it(`${pattern} ${wanted ? 'matches' : 'does not match'}`, () => {
      assert.equal(matches(pattern, JSON.stringify(event)), wanted);
    });
  }

  it('matches no text that is not JSON', () => {
    assert.equal(matches('{ $.a NOT EXISTS }', 'Time: 12/19/17'), false);
  });

  it('compares numbers as numbers', () => {
    const operators = {
      '=': Object.is,
      '!=': (a: number, b: number) => a !== b,
      '<': (a: number, b: number) => a < b,
      '>=': (a: number, b: number) => a >= b,
    };
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer(),
        fc.constantFrom(...Object.entries(operators)),
        (a, b, [sign, holds]) => {
          assert.equal(matches(`{ $.n ${sign} ${b} }`, JSON.stringify({ n: a })), holds(a, b));
        },
      ),
    );
  });
});

describe('any filter pattern', () => {
  it('is read, or refused as InvalidParameterException', () => {
    const parts = fc.constantFrom('{', '}', '$.a', '[0]', '"', '\\', '&&', '||', '(', ')', '=', '!=', '*', '%', '?', '-', ' ', 'IS', 'NULL', 'NOT', 'EXISTS', '1', 'a', '['); // prettier-ignore
    const pattern = fc.oneof(
      fc.string(),
      fc.array(parts, { maxLength: 20 }).map((list) => list.join('')),
      fc.array(parts, { maxLength: 20 }).map((list) => `{ ${list.join(' ')} }`),
    );
    fc.assert(
      fc.property(pattern, fc.json(), (text, message) => {
        try {
          assert.equal(typeof matches(text, message), 'boolean');
        } catch (error) {
          assert.ok(error instanceof ApiError, String(error));
          assert.equal(error.code, 'InvalidParameterException');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
