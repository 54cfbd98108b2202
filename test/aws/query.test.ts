import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../../src/aws/errors.ts';
import type { ServiceModel } from '../../src/aws/model.ts';
import { parseForm, toValue, treeOf } from '../../src/aws/query-form.ts';
import {
  decodeQueryRequest,
  encodeQueryError,
  encodeQueryResponse,
  operationOfForm,
} from '../../src/aws/query.ts';
import { services } from '../../src/aws/services.ts';
import { compileXmlEncoders } from '../../src/aws/xml.ts';

const form = (fields: Record<string, string>): string => new URLSearchParams(fields).toString();

const refusal = (run: () => unknown): ApiError => {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  return assert.fail('it was expected to be refused');
};

/** How a client writes a value of a shape, as botocore does. */
function write(
  model: ServiceModel,
  shapeName: string,
  value: unknown,
  name: string,
  into: URLSearchParams,
): void {
  const shape = model.shapes[shapeName];
  assert.ok(shape);
  if (shape.type === 'structure') {
    for (const [member, part] of Object.entries(value as Record<string, unknown>)) {
      const path = name === '' ? member : `${name}.${member}`;
      write(model, shape.members[member] as string, part, path, into);
    }
  } else if (shape.type === 'list') {
    const items = (value as unknown[]).filter((item) => !isEmpty(prune(item))); // such a one cannot be written
    if (items.length === 0) into.set(name, '');
    items.forEach((item, i) => write(model, shape.member, item, `${name}.member.${i + 1}`, into));
  } else if (shape.type === 'map') {
    Object.entries(value as Record<string, unknown>).forEach(([key, item], i) => {
      into.set(`${name}.entry.${i + 1}.key`, key);
      write(model, shape.value, item, `${name}.entry.${i + 1}.value`, into);
    });
  } else {
    into.set(name, String(value));
  }
}

/** Any value of a shape, limits left aside. */
function anyOf(model: ServiceModel, shapeName: string, depth = 0): fc.Arbitrary<unknown> {
  const shape = model.shapes[shapeName];
  assert.ok(shape);
  switch (shape.type) {
    case 'structure': {
      const members = Object.entries(shape.members).map(
        ([name, target]) => [name, anyOf(model, target, depth + 1)] as const,
      );
      return fc.record(Object.fromEntries(members), { requiredKeys: [] });
    }
    case 'list':
      return fc.array(anyOf(model, shape.member, depth + 1), { maxLength: 4 });
    case 'map':
      return fc.dictionary(fc.string({ minLength: 1, maxLength: 8 }), anyOf(model, shape.value, depth + 1), {
        minKeys: 1,
        maxKeys: 4,
      });
    case 'boolean':
      return fc.boolean();
    case 'integer':
    case 'long':
      return fc.integer();
    default:
      return fc.string({ unit: 'binary', maxLength: 20 }).filter((text) => !NOT_XML.test(text));
  }
}
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

/** Reads the XML that xml.ts writes, by the model. */
function readXml(model: ServiceModel, shapeName: string, xml: string): unknown {
  let at = 0;
  const text = (): string => {
    const end = xml.indexOf('<', at);
    const raw = xml.slice(at, end);
    at = end;
    const entities: Record<string, string> = {
      amp: '&',
      lt: '<',
      gt: '>',
      quot: '"',
      apos: "'",
      '#xD': '\r',
    };
    return raw.replace(/&([^;]+);/g, (_all, name: string) => entities[name] as string);
  };
  const content = (name: string): unknown => {
    const shape = model.shapes[name];
    assert.ok(shape);
    if (shape.type === 'structure') {
      const value: Record<string, unknown> = {};
      for (let tag = open(); tag !== undefined; tag = open()) {
        value[tag.name] = tag.empty
          ? nothing(shape.members[tag.name] as string)
          : content(shape.members[tag.name] as string);
        if (!tag.empty) close();
      }
      return value;
    }
    if (shape.type === 'list') {
      const value: unknown[] = [];
      for (let tag = open(); tag !== undefined; tag = open()) {
        value.push(tag.empty ? nothing(shape.member) : content(shape.member));
        if (!tag.empty) close();
      }
      return value;
    }
    if (shape.type === 'map') {
      const value: Record<string, unknown> = {};
      for (let tag = open(); tag !== undefined; tag = open()) {
        const keyTag = open();
        const key = text();
        close();
        assert.equal(keyTag?.name, 'key');
        const valueTag = open();
        value[key] = valueTag?.empty ? nothing(shape.value) : content(shape.value);
        if (!valueTag?.empty) close();
        close();
      }
      return value;
    }
    const raw = text();
    if (shape.type === 'boolean') return raw === 'true';
    return shape.type === 'integer' ? Number(raw) : raw;
  };
  const nothing = (name: string): unknown => {
    const type = model.shapes[name]?.type;
    return type === 'list' ? [] : type === 'structure' || type === 'map' ? {} : '';
  };
  const open = (): { name: string; empty: boolean } | undefined => {
    const tag = /^<([A-Za-z]\w*)(\/?)>/.exec(xml.slice(at));
    if (tag === null) return undefined;
    at += tag[0].length;
    return { name: tag[1] as string, empty: tag[2] === '/' };
  };
  const close = (): void => {
    const tag = /^<\/\w+>/.exec(xml.slice(at));
    assert.ok(tag, xml.slice(at, at + 40));
    at += tag[0].length;
  };
  return content(shapeName);
}

const inputs = (['iam', 'sts'] as const).flatMap((service) =>
  Object.entries(services[service].operations).flatMap(([operation, { input }]) =>
    input === undefined ? [] : [{ model: services[service], operation, input }],
  ),
);

describe('the Query protocol', () => {
  it('reads from a form what a client wrote into it, for every operation of IAM and STS', () => {
    assert.ok(inputs.length > 70);
    for (const { model, input, operation } of inputs) {
      fc.assert(
        fc.property(anyOf(model, input), (value) => {
          const written = new URLSearchParams();
          write(model, input, value, '', written);
          const read = toValue(model, input, treeOf(parseForm(written.toString())), '');
          // a structure without members cannot be told from one that is absent
          assert.deepEqual(
            prune(JSON.parse(JSON.stringify(read))),
            prune(JSON.parse(JSON.stringify(value))),
            operation,
          );
        }),
        { numRuns: 20 },
      );
    }
  });

  it('writes XML that reads back as what was written, for every answer of IAM and STS', () => {
    for (const service of ['iam', 'sts'] as const) {
      const model: ServiceModel = services[service];
      const encode = compileXmlEncoders(model);
      for (const { output } of Object.values(model.operations)) {
        if (output === undefined) continue;
        fc.assert(
          fc.property(anyOf(withoutDates(model), output), (value) => {
            const xml = `${compileXmlEncoders(withoutDates(model))(output)(value)}<`;
            assert.deepEqual(readXml(withoutDates(model), output, xml), JSON.parse(JSON.stringify(value)));
          }),
          { numRuns: 10 },
        );
      }
      assert.equal(encode('dateType')(new Date('2026-01-02T03:04:05.678Z')), '2026-01-02T03:04:05Z');
    }
  });

  it('decodes lists, structures and numbers, and checks them against the model', () => {
    assert.deepEqual(
      decodeQueryRequest(
        'iam',
        'CreateRole',
        form({
          Action: 'CreateRole',
          RoleName: 'r',
          AssumeRolePolicyDocument: '{"a":"ü + &"}',
          MaxSessionDuration: '3600',
          'Tags.member.1.Key': 'a',
          'Tags.member.1.Value': '',
        }),
      ),
      {
        RoleName: 'r',
        AssumeRolePolicyDocument: '{"a":"ü + &"}',
        MaxSessionDuration: 3600,
        Tags: [{ Key: 'a', Value: '' }],
      },
    );
    assert.equal(
      refusal(() => decodeQueryRequest('iam', 'CreateUser', form({ UserName: 'a b' }))).message,
      "1 validation error detected: Value 'a b' at 'userName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]+",
    );
    assert.match(
      refusal(() => decodeQueryRequest('iam', 'CreateUser', '')).message,
      /Value null at 'userName' failed to satisfy constraint: Member must not be null/,
    );
    assert.match(
      refusal(() => decodeQueryRequest('iam', 'TagUser', form({ UserName: 'u', 'Tags.member.1.Key': 'k' })))
        .message,
      /Value null at 'tags\.1\.member\.value'/,
    );
  });

  it('refuses forms that have two readings or none', () => {
    const CASES: [form: string, code: string][] = [
      ['UserName=a&UserName=b', 'MalformedQueryStringException'],
      ['UserName=a&User%4eame=b', 'MalformedQueryStringException'],
      ['UserName=%zz', 'MalformedQueryStringException'],
      ['UserName=%ff', 'MalformedQueryStringException'],
      ['UserName=\u00ff', 'MalformedQueryStringException'],
      ['UserName=a%00b', 'MalformedQueryStringException'],
      ['=a', 'MalformedQueryStringException'],
      ['Tags=a&Tags.member.1.Key=b', 'MalformedQueryStringException'],
      ['Tags.member.1.Key=b&Tags=a', 'MalformedQueryStringException'],
      ['UserName=u&Tags.member.1.Key=a&Tags.member.3.Key=b', 'MalformedQueryStringException'],
      ['UserName=u&Tags.member.01.Key=a', 'MalformedQueryStringException'],
      ['UserName=u&Tags.member.0.Key=a', 'MalformedQueryStringException'],
      [`${'a.'.repeat(20)}a=1`, 'MalformedQueryStringException'],
      [Array.from({ length: 5_000 }, (_, i) => `a${i}=`).join('&'), 'MalformedQueryStringException'],
      ['UserName.x=u', 'MalformedInput'],
      ['UserName=u&Tags=a', 'MalformedInput'],
      ['UserName=u&Tags.member=a', 'MalformedInput'],
    ];
    for (const [text, code] of CASES) {
      assert.equal(refusal(() => decodeQueryRequest('iam', 'TagUser', text)).code, code, text.slice(0, 60));
    }
    assert.equal(
      refusal(() => decodeQueryRequest('iam', 'ListUsers', 'MaxItems=ten')).code,
      'MalformedInput',
    );
    assert.equal(
      refusal(() => decodeQueryRequest('iam', 'ListPolicies', 'OnlyAttached=1')).code,
      'MalformedInput',
    );
  });

  it('never fails in another way, whatever the form', () => {
    const names = fc.oneof(
      fc.constantFrom(
        'Tags',
        'member',
        '1',
        '2',
        'Key',
        'Value',
        'UserName',
        '__proto__',
        'constructor',
        'entry',
      ),
      fc.string({ maxLength: 4 }),
    );
    const pair = fc.tuple(fc.array(names, { maxLength: 5 }), fc.string({ maxLength: 6 }));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 8 }), (pairs) => {
        const text = pairs.map(
          ([path, value]) => `${encodeURIComponent(path.join('.'))}=${encodeURIComponent(value)}`,
        );
        try {
          decodeQueryRequest('iam', 'TagUser', text.join('&'));
        } catch (error) {
          assert.ok(error instanceof ApiError, String(error));
        }
      }),
      { numRuns: 500 },
    );
    assert.equal(({} as Record<string, unknown>)['Key'], undefined);
  });

  it('finds operations by name and version', () => {
    assert.equal(operationOfForm('sts', form({ Action: 'AssumeRole', Version: '2011-06-15' })), 'AssumeRole');
    for (const [fields, code] of [
      [{ Version: '2011-06-15' }, 'MissingAction'],
      [{ Action: 'AssumeRole' }, 'InvalidAction'],
      [{ Action: 'AssumeRole', Version: '2010-05-08' }, 'InvalidAction'],
      [{ Action: 'CreateUser', Version: '2011-06-15' }, 'InvalidAction'],
      [{ Action: 'toString', Version: '2011-06-15' }, 'InvalidAction'],
    ] as const) {
      assert.equal(refusal(() => operationOfForm('sts', form(fields))).code, code);
    }
  });

  it('answers as AWS does', () => {
    assert.equal(
      encodeQueryResponse('sts', 'GetCallerIdentity', { Account: '1', Arn: 'a&b' }, 'id'),
      '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
        '<Account>1</Account><Arn>a&amp;b</Arn></GetCallerIdentityResult><ResponseMetadata><RequestId>id</RequestId>' +
        '</ResponseMetadata></GetCallerIdentityResponse>',
    );
    assert.equal(
      encodeQueryResponse('iam', 'DeleteUser', undefined, 'id'),
      '<DeleteUserResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata><RequestId>id' +
        '</RequestId></ResponseMetadata></DeleteUserResponse>',
    );
    assert.match(
      encodeQueryResponse('iam', 'GetAccountSummary', { SummaryMap: { Users: 3 } }, 'id'),
      /<SummaryMap><entry><key>Users<\/key><value>3<\/value><\/entry><\/SummaryMap>/,
    );
  });

  it('gives errors the code and status of the model, or those that all services share', () => {
    const CASES: [service: 'iam' | 'sts', code: string, wire: string, status: number, type: string][] = [
      ['iam', 'NoSuchEntityException', 'NoSuchEntity', 404, 'Sender'],
      ['iam', 'EntityAlreadyExistsException', 'EntityAlreadyExists', 409, 'Sender'],
      ['iam', 'DeleteConflictException', 'DeleteConflict', 409, 'Sender'],
      ['iam', 'LimitExceededException', 'LimitExceeded', 409, 'Sender'],
      ['iam', 'MalformedPolicyDocumentException', 'MalformedPolicyDocument', 400, 'Sender'],
      ['iam', 'ServiceFailureException', 'ServiceFailure', 500, 'Receiver'],
      ['sts', 'IDPRejectedClaimException', 'IDPRejectedClaim', 403, 'Sender'],
      ['sts', 'ExpiredTokenException', 'ExpiredTokenException', 400, 'Sender'],
      ['sts', 'AccessDeniedException', 'AccessDenied', 403, 'Sender'],
      ['iam', 'ValidationException', 'ValidationError', 400, 'Sender'],
      ['iam', 'InvalidSignatureException', 'SignatureDoesNotMatch', 403, 'Sender'],
      ['iam', 'UnrecognizedClientException', 'InvalidClientTokenId', 403, 'Sender'],
    ];
    for (const [service, code, wire, status, type] of CASES) {
      const answer = encodeQueryError(service, new ApiError(code, 'why <not>'), 'id');
      assert.equal(answer.status, status, code);
      const body = answer.body.toString();
      assert.match(
        body,
        new RegExp(`<Type>${type}</Type><Code>${wire}</Code><Message>why &lt;not&gt;</Message>`),
      );
    }
  });
});

/** Without empty structures: a form cannot say that they are there. */
function prune(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(prune).filter((item) => !isEmpty(item));
  if (typeof value !== 'object' || value === null) return value;
  const parts = Object.entries(value).map(([name, part]) => [name, prune(part)] as const);
  return Object.fromEntries(parts.filter(([, part]) => !isEmpty(part)));
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0;
}

function withoutDates(model: ServiceModel): ServiceModel {
  const shapes = Object.entries(model.shapes).map(([name, shape]) => [
    name,
    shape.type === 'timestamp' ? { type: 'string' } : shape,
  ]);
  return { ...model, shapes: Object.fromEntries(shapes) as ServiceModel['shapes'] };
}
