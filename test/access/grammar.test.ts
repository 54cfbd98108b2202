/** What is refused when a policy is put, and in which words. AWS: "Grammar of the IAM JSON policy language". */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { PolicyKind } from '../../src/access/policy/document.ts';
import { parsePolicy } from '../../src/access/policy/grammar.ts';
import { OPERATOR_NAMES, parseOperator } from '../../src/access/policy/operators.ts';
import { PolicyError } from '../../src/access/policy/policy-error.ts';
import { HOME, allow, letIn, policy } from './world.ts';

const SYNTAX = 'Syntax errors in policy.';
const INVALID_PRINCIPAL = 'Policy contains a statement with one or more invalid principals.';
const OVERLY_PERMISSIVE =
  /^OverlyPermissiveCondition: Using the ForAllValues set operator with a single-valued condition key/;

function refusal(text: string, kind: PolicyKind = 'key'): PolicyError {
  try {
    parsePolicy(text, kind);
  } catch (error) {
    assert.ok(error instanceof PolicyError, String(error));
    return error;
  }
  throw new Error(`was expected to be refused: ${text}`);
}

const key = (rest: object): string => policy({ ...letIn(HOME), ...rest });
const trust = (rest: object): string =>
  policy({ Effect: 'Allow', Principal: { AWS: HOME }, Action: 'sts:AssumeRole', ...rest });

describe('a policy document is refused', () => {
  const rows: [name: string, text: string, kind: PolicyKind, expected: string | RegExp][] = [
    ['no JSON', '{', 'key', SYNTAX],
    ['nothing', '', 'key', SYNTAX],
    ['an array', '[]', 'key', SYNTAX],
    ['something behind it', `${key({})} x`, 'key', SYNTAX],
    ['a member twice', '{"Version":"2012-10-17","Statement":[],"Statement":[]}', 'key', SYNTAX],
    [
      'a member twice, once escaped',
      key({}).replace('"Effect":"Allow"', '"Effect":"Allow","\\u0045ffect":"Deny"'),
      'key',
      SYNTAX,
    ],
    ['too deep', `{"Statement":${'['.repeat(50)}${']'.repeat(50)}}`, 'key', SYNTAX],
    ['no statements', '{"Version":"2012-10-17","Statement":[]}', 'key', SYNTAX],
    ['no Statement', '{"Version":"2012-10-17"}', 'key', SYNTAX],
    ['an unknown version', key({}).replace('2012-10-17', '2012-10-18'), 'key', SYNTAX],
    [
      'an unknown element of the document',
      key({}).replace('"Version"', '"Comment":"x","Version"'),
      'key',
      SYNTAX,
    ],
    ['an unknown element of a statement', key({ Actions: 'kms:*' }), 'key', SYNTAX],
    ['an element in the wrong case', key({ effect: 'Allow' }), 'key', SYNTAX],
    ['no Effect', key({ Effect: undefined }), 'key', SYNTAX],
    ['an Effect in the wrong case', key({ Effect: 'allow' }), 'key', SYNTAX],
    ['an unknown Effect', key({ Effect: 'Permit' }), 'key', SYNTAX],
    ['Action and NotAction', key({ NotAction: 'kms:Decrypt' }), 'key', SYNTAX],
    ['Resource and NotResource', key({ NotResource: '*' }), 'key', SYNTAX],
    ['Principal and NotPrincipal', key({ NotPrincipal: '*' }), 'key', SYNTAX],
    ['NotPrincipal with Allow', key({ Principal: undefined, NotPrincipal: { AWS: HOME } }), 'key', SYNTAX],
    ['an empty list of actions', key({ Action: [] }), 'key', SYNTAX],
    ['an action that is a number', key({ Action: 7 }), 'key', SYNTAX],
    ['an unknown operator', key({ Condition: { StringIs: { 'aws:userid': 'x' } } }), 'key', SYNTAX],
    [
      'an operator in the wrong case',
      key({ Condition: { stringEquals: { 'aws:userid': 'x' } } }),
      'key',
      SYNTAX,
    ],
    ['NullIfExists', key({ Condition: { NullIfExists: { 'aws:userid': 'true' } } }), 'key', SYNTAX],
    [
      'an unknown set operator',
      key({ Condition: { 'ForSomeValues:StringEquals': { 'aws:userid': 'x' } } }),
      'key',
      SYNTAX,
    ],
    ['a condition that is no object', key({ Condition: 'x' }), 'key', SYNTAX],
    ['a condition key without prefix', key({ Condition: { StringEquals: { userid: 'x' } } }), 'key', SYNTAX],
    [
      'a condition key that KMS has not',
      key({ Condition: { StringEquals: { 'kms:ViaServices': 'x' } } }),
      'key',
      SYNTAX,
    ],
    ['a value that is null', key({ Condition: { StringEquals: { 'aws:userid': null } } }), 'key', SYNTAX],
    [
      'a value that is no number',
      key({ Condition: { NumericEquals: { 'kms:RotationPeriodInDays': 'many' } } }),
      'key',
      SYNTAX,
    ],
    [
      'a value that is no date',
      key({ Condition: { DateLessThan: { 'aws:CurrentTime': 'soon' } } }),
      'key',
      SYNTAX,
    ],
    [
      'a value that is no network',
      key({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/33' } } }),
      'key',
      SYNTAX,
    ],
    [
      'a value that is neither true nor false',
      key({ Condition: { Bool: { 'aws:SecureTransport': 'yes' } } }),
      'key',
      SYNTAX,
    ],
    [
      'a value that is no ARN',
      key({ Condition: { ArnLike: { 'aws:PrincipalArn': 'role/x' } } }),
      'key',
      SYNTAX,
    ],
    ['a value that is no base64', key({ Condition: { BinaryEquals: { 'aws:userid': 'x' } } }), 'key', SYNTAX],
    ['a variable that is none', key({ Condition: { StringEquals: { 'aws:userid': '${x' } } }), 'key', SYNTAX],
    ['no principal in a key policy', policy(allow()), 'key', 'Missing required field Principal'],
    [
      'a wildcard in a principal',
      key({ Principal: { AWS: `arn:aws:iam::${HOME}:user/*` } }),
      'key',
      INVALID_PRINCIPAL,
    ],
    [
      'a group as principal',
      key({ Principal: { AWS: `arn:aws:iam::${HOME}:group/all` } }),
      'key',
      INVALID_PRINCIPAL,
    ],
    ['a principal that is some word', key({ Principal: 'everyone' }), 'key', INVALID_PRINCIPAL],
    ['a canonical user', key({ Principal: { CanonicalUser: 'a'.repeat(64) } }), 'key', INVALID_PRINCIPAL],
    ['an unknown kind of principal', key({ Principal: { Group: HOME } }), 'key', INVALID_PRINCIPAL],
    [
      'ForAllValues on an encryption context',
      key({ Condition: { 'ForAllValues:StringEquals': { 'kms:EncryptionContext:a': 'b' } } }),
      'key',
      OVERLY_PERMISSIVE,
    ],
    [
      'ForAllValues on a request tag',
      key({ Condition: { 'ForAllValues:StringEquals': { 'aws:RequestTag/a': 'b' } } }),
      'key',
      OVERLY_PERMISSIVE,
    ],
    [
      'an action without service',
      policy(allow({ Action: 'Decrypt' })),
      'identity',
      'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
    ],
    [
      'an identity policy with a principal',
      policy(letIn(HOME)),
      'identity',
      'Policy document should not specify a principal.',
    ],
    [
      'an identity policy without actions',
      policy(allow({ Action: undefined })),
      'identity',
      'Policy statement must contain actions.',
    ],
    [
      'an identity policy without resources',
      policy(allow({ Resource: undefined })),
      'identity',
      'Policy statement must contain resources.',
    ],
    [
      'an identity policy of the old version',
      policy(allow()).replace('2012', '2008'),
      'identity',
      'Policy document must be version 2012-10-17 or greater.',
    ],
    [
      'an identity policy without version',
      policy(allow()).replace('"Version":"2012-10-17",', ''),
      'identity',
      'Policy document must be version 2012-10-17 or greater.',
    ],
    [
      'a resource that is no ARN',
      policy(allow({ Resource: 'key/x' })),
      'identity',
      'Resource key/x must be in ARN format or "*".',
    ],
    [
      'a Sid twice',
      policy(allow({ Sid: 'a' }), allow({ Sid: 'a' })),
      'boundary',
      'Statement IDs (SID) in a single policy must be unique.',
    ],
    [
      'a Sid with spaces',
      policy(allow({ Sid: 'a b' })),
      'session',
      /^Statement IDs \(SID\) must be alpha-numeric/,
    ],
    ['a trust policy with a resource', trust({ Resource: '*' }), 'trust', 'Has prohibited field Resource'],
    [
      'a trust policy for other actions',
      trust({ Action: 's3:Get*' }),
      'trust',
      'AssumeRole policy may only specify STS AssumeRole actions.',
    ],
    [
      'a trust policy without principal',
      trust({ Principal: undefined }),
      'trust',
      'Missing required field Principal',
    ],
    [
      'a trust policy with a wildcard in a principal',
      trust({ Principal: { AWS: `arn:aws:iam::${HOME}:*` } }),
      'trust',
      `Invalid principal in policy: "AWS":"arn:aws:iam::${HOME}:*"`,
    ],
  ];
  for (const [name, text, kind, expected] of rows) {
    it(`with ${name} (${kind})`, () => {
      const { text: said } = refusal(text, kind);
      if (typeof expected === 'string') assert.equal(said, expected);
      else assert.match(said, expected);
    });
  }

  it('with the place of what is wrong', () => {
    const text = '{\n  "Version": "2012-10-17",\n  "Statement": { "Effect": "Perhaps" }\n}';
    const error = refusal(text);
    assert.deepEqual(error.position, { line: 3, column: 28 });
    assert.match(error.message, /there is no Effect "Perhaps" \(line 3, column 28\)$/);
  });
});

describe('a policy document is accepted', () => {
  const rows: [name: string, text: string, kind: PolicyKind][] = [
    [
      'one statement that is no list',
      JSON.stringify({ Version: '2012-10-17', Statement: letIn(HOME) }),
      'key',
    ],
    ['no version', JSON.stringify({ Id: 'x', Statement: letIn(HOME) }), 'key'],
    ['every action of every service', policy(allow({ Action: '*:*' })), 'identity'],
    ['a key policy statement without Action', key({ Action: undefined }), 'key'],
    ['a key policy statement without Resource', key({ Resource: undefined }), 'key'],
    ['a Sid with spaces in a key policy', key({ Sid: 'Enable IAM User Permissions' }), 'key'],
    [
      'every form of principal',
      key({
        Principal: {
          AWS: [
            '*',
            HOME,
            `arn:aws:iam::${HOME}:root`,
            `arn:aws:iam::${HOME}:user/a/b`,
            `arn:aws:iam::${HOME}:role/r`,
            `arn:aws:sts::${HOME}:assumed-role/r/s@x`,
            `arn:aws:sts::${HOME}:federated-user/f`,
            'AIDAEXAMPLEEXAMPLE',
          ],
          Service: 'logs.eu-west-1.amazonaws.com',
        },
      }),
      'key',
    ],
    [
      'NotPrincipal with Deny',
      key({ Effect: 'Deny', Principal: undefined, NotPrincipal: { AWS: HOME } }),
      'key',
    ],
    [
      'numbers and booleans as values',
      key({
        Condition: {
          Bool: { 'kms:MultiRegion': true },
          NumericLessThan: { 'kms:RotationPeriodInDays': 100 },
        },
      }),
      'key',
    ],
    [
      'keys of providers',
      trust({
        Action: 'sts:AssumeRoleWithWebIdentity',
        Principal: { Federated: `arn:aws:iam::${HOME}:oidc-provider/oidc.example.com/id/1` },
        Condition: { StringEquals: { 'oidc.example.com/id/1:sub': 'x' } },
      }),
      'trust',
    ],
  ];
  for (const [name, text, kind] of rows) {
    it(`with ${name} (${kind})`, () => assert.ok(parsePolicy(text, kind).statements.length > 0));
  }
});

describe('the parser', () => {
  const KINDS = fc.constantFrom<PolicyKind>('key', 'identity', 'session', 'boundary', 'trust');
  const accepted = (text: string, kind: PolicyKind): boolean => {
    try {
      parsePolicy(text, kind);
      return true;
    } catch (error) {
      assert.ok(error instanceof PolicyError, `${String(error)} for ${text}`);
      return false;
    }
  };

  it('takes or refuses any JSON and any text, and never fails otherwise', () => {
    fc.assert(fc.property(fc.json(), KINDS, (text, kind) => void accepted(text, kind)));
    fc.assert(fc.property(fc.string(), KINDS, (text, kind) => void accepted(text, kind)));
  });

  it('takes or refuses any policy that is cut or changed somewhere, and never fails otherwise', () => {
    const whole = key({ Condition: { StringLike: { 'aws:userid': ['a', "${aws:username, 'x'}"] } } });
    const change = fc.tuple(fc.nat(whole.length), fc.nat(6), fc.string({ maxLength: 4 }));
    fc.assert(
      fc.property(change, KINDS, ([at, cut, put], kind) => {
        accepted(whole.slice(0, at) + put + whole.slice(at + cut), kind);
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses every operator that is not one of the 27 with its modifiers', () => {
    const known = (name: string): boolean => parseOperator(name) !== undefined;
    const near = fc
      .tuple(fc.constantFrom(...OPERATOR_NAMES), fc.string({ maxLength: 3 }))
      .map((p) => p.join(''));
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (operator) => {
        const plain = operator.replace(/^For(AnyValue|AllValues):/, '').replace(/IfExists$/, '');
        fc.pre(!(OPERATOR_NAMES as readonly string[]).includes(plain));
        assert.equal(known(operator), false);
        const text = JSON.stringify({
          Statement: { ...letIn(HOME), Condition: { [operator]: { 'a:b': 'true' } } },
        });
        fc.pre(operator !== '__proto__');
        assert.equal(accepted(text, 'key'), false);
      }),
      { numRuns: 1_000 },
    );
  });
});
