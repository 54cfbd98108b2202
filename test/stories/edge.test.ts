/**
 * What comes in over a socket and is no proper request: answered with AWS's errors or cut off, never carried out, and the
 * server goes on. The numbers are those of the list of bad inputs in the security design.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateKeyCommand, DescribeKeyCommand, ListAliasesCommand } from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { signRequest } from '../../src/aws/sigv4/sign.ts';
import { services } from '../../src/aws/services.ts';
import type { OperationName } from '../../src/aws/services.ts';
import { builtOperation } from '../../src/services/kms/operations/index.ts';
import { startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** `__type` of a JSON body. */
  type: string | undefined;
  message: string | undefined;
}

interface Exchange {
  answers: Answer[];
  /** The server ended the connection. */
  closed: boolean;
  milliseconds: number;
}

const ANSWER_MS = 3_000;
const SLOW_SOCKETS = 50;
const INVALID = 'InvalidSignatureException';
const INCOMPLETE = 'IncompleteSignatureException';

describe('the HTTP edge', () => {
  let claviger: Claviger;
  let kms: KMSClient;
  let keyId: string;
  let host: string;

  before(async () => {
    claviger = await startClaviger();
    kms = claviger.client();
    host = new URL(claviger.config().endpoint).host;
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    keyId = KeyMetadata?.KeyId ?? '';
  });
  after(() => claviger.remove());

  afterEach(async () => {
    const { KeyMetadata } = await claviger.client().send(new DescribeKeyCommand({ KeyId: keyId }));
    assert.equal(KeyMetadata?.KeyState, 'Enabled');
  });

  const open = async (): Promise<Socket> => {
    const { hostname, port } = new URL(claviger.config().endpoint);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {}); // resets are among what is tested
    await once(socket, 'connect');
    return socket;
  };

  /** Sends bytes as they are and gathers answers until the server closes, `wanted` have come, or the time is up. */
  const exchange = async (
    bytes: string | Buffer,
    wanted = 1,
    milliseconds = ANSWER_MS,
  ): Promise<Exchange> => {
    const socket = await open();
    const start = performance.now();
    let received = '';
    let closed = false;
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    socket.on('close', () => (closed = true));
    socket.write(bytes);
    while (!closed && performance.now() - start < milliseconds && parseAnswers(received).length < wanted) {
      await sleep(10);
    }
    if (!closed) await sleep(50); // a connection that is ended is so right after the answer
    socket.destroy();
    return { answers: parseAnswers(received), closed, milliseconds: performance.now() - start };
  };

  interface Shape {
    operation?: string;
    input?: object;
    /** Instead of `input`. */
    body?: Buffer | string;
    method?: string;
    path?: string;
    now?: Date;
    region?: string;
    service?: string;
    accessKeyId?: string;
    secretAccessKey?: string;
    target?: string;
    contentType?: string;
  }

  /** Headers of a rightly signed request, as pairs that a test may then spoil, and its body. */
  const signed = (shape: Shape = {}): { line: string; headers: [string, string][]; body: Buffer } => {
    const config = claviger.config();
    const body = Buffer.from(shape.body ?? JSON.stringify(shape.input ?? {}));
    const path = shape.path ?? '/';
    const method = shape.method ?? 'POST';
    const headers = signRequest({
      method,
      host,
      path,
      headers: {
        'content-type': shape.contentType ?? 'application/x-amz-json-1.1',
        'x-amz-target': shape.target ?? `TrentService.${shape.operation ?? 'ListKeys'}`,
      },
      body,
      credentials: {
        accessKeyId: shape.accessKeyId ?? config.accessKeyId,
        secretAccessKey: shape.secretAccessKey ?? config.secretAccessKey,
      },
      region: shape.region ?? config.region,
      service: shape.service ?? 'kms',
      now: shape.now ?? new Date(),
    });
    return {
      line: `${method} ${path} HTTP/1.1`,
      headers: [...Object.entries(headers), ['content-length', String(body.length)]],
      body,
    };
  };
  type Request = ReturnType<typeof signed>;

  const serialise = ({ line, headers, body }: Request): Buffer =>
    Buffer.concat([
      Buffer.from(
        `${line}\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
        'latin1',
      ),
      body,
    ]);
  const send = async (request: Request): Promise<Answer> => {
    const { answers } = await exchange(serialise(request));
    assert.equal(answers.length, 1, 'one answer');
    return answers[0] as Answer;
  };
  /** A request that leaves an alias of this name when it is carried out. */
  type Evil = Request & { alias: string };
  const evil = (shape: Shape = {}): Evil => {
    const alias = `alias/evil-${randomUUID()}`;
    return {
      ...signed({ operation: 'CreateAlias', input: { AliasName: alias, TargetKeyId: keyId }, ...shape }),
      alias,
    };
  };
  const aliases = async (): Promise<string[]> => {
    const { Aliases } = await kms.send(new ListAliasesCommand({ KeyId: keyId }));
    return (Aliases ?? []).map(({ AliasName }) => AliasName ?? '');
  };
  const changed = <R extends Request>(request: R, name: string, change: (value: string) => string): R => ({
    ...request,
    headers: request.headers.map(([n, value]) => [n, n === name ? change(value) : value]),
  });
  const cut = <R extends Request>(request: R, name: string): R => ({
    ...request,
    headers: request.headers.filter(([n]) => n !== name),
  });
  const added = <R extends Request>(request: R, ...more: [string, string][]): R => ({
    ...request,
    headers: [...request.headers, ...more],
  });
  const lined = <R extends Request>(request: R, target: string): R => ({
    ...request,
    line: `POST ${target} HTTP/1.1`,
  });
  const bodyChanged = <R extends Request>(request: R): R => {
    const body = Buffer.from(request.body);
    body[body.length - 3] = (body.at(-3) as number) ^ 1;
    return { ...request, body };
  };
  const seconds = (offset: number): Date => new Date(Date.now() + offset * 1_000);
  /** Sends it and proves that it was refused and left no trace. */
  const refused = async (request: Evil, bytes = serialise(request)): Promise<Exchange> => {
    const result = await exchange(bytes);
    assert.ok(!(await aliases()).includes(request.alias), 'the request was carried out');
    return result;
  };
  it('serves a signed request that is written byte by byte as these tests write it', async () => {
    const request = evil();
    const answer = await send(request);
    assert.equal(answer.status, 200);
    assert.match(answer.headers['x-amzn-requestid'] ?? '', /^[0-9a-f-]{36}$/);
    assert.ok((await aliases()).includes(request.alias), 'the proof of what is refused below rests on this');
  });

  describe('refuses a request whose signature does not hold', () => {
    const flipped = (text: string): string => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
    const notSigned =
      (name: string) =>
      (value: string): string =>
        value.replace(`;${name}`, '').replace(`${name};`, '');
    const cases: [string, () => Evil, string, RegExp][] = [
      [
        '1: one digit of the signature changed',
        () => changed(evil(), 'authorization', flipped),
        INVALID,
        /does not match/,
      ],
      ['1: one bit of the body changed', () => bodyChanged(evil()), INVALID, /does not match/],
      [
        '1: a signed header changed',
        () => changed(evil(), 'x-amz-target', () => 'TrentService.DeleteAlias'),
        INVALID,
        /does not match/,
      ],
      [
        '2: x-amz-target not signed',
        () => changed(evil(), 'authorization', notSigned('x-amz-target')),
        INVALID,
        /'x-amz-target' must be/,
      ],
      ['2: host not signed', () => changed(evil(), 'authorization', notSigned('host')), INVALID, /'Host'/],
      [
        '3: a signature in header and query',
        () => lined(evil(), '/?X-Amz-Algorithm=AWS4-HMAC-SHA256'),
        INVALID,
        /^Found both/,
      ],
      [
        '3: a credential in the query without a signature',
        () => lined(cut(evil(), 'authorization'), '/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a'),
        INCOMPLETE,
        /X-Amz-Signature/,
      ],
      [
        'no signature',
        () => cut(evil(), 'authorization'),
        'MissingAuthenticationTokenException',
        /^Missing Authentication Token$/,
      ],
      ['4: a date 301 s ago', () => evil({ now: seconds(-301) }), INVALID, /^Signature expired/],
      ['4: a date 301 s ahead', () => evil({ now: seconds(302) }), INVALID, /^Signature not yet current/],
      [
        '4: another day in the scope',
        () => changed(evil(), 'authorization', (v) => v.replace(/\/\d{8}\//, '/20200101/')),
        INVALID,
        /^Date in Credential scope/,
      ],
      ['4: another Region', () => evil({ region: 'eu-west-3' }), INVALID, /valid region, not 'eu-west-3'/],
      ['4: another service', () => evil({ service: 's3' }), INVALID, /correct service: 'kms'/],
      [
        '5: an unknown access key',
        () => evil({ accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' }),
        'UnrecognizedClientException',
        /security token/,
      ],
      ['5: another secret', () => evil({ secretAccessKey: 'wrong' }), INVALID, /does not match/],
    ];
    for (const [what, make, type, message] of cases) {
      it(what, async () => {
        const { answers } = await refused(make());
        assert.equal(answers.length, 1);
        assert.equal(answers[0]?.status, 400);
        assert.equal(answers[0]?.type, type);
        assert.match(answers[0]?.message ?? '', message);
      });
    }

    it('4: and takes a date 299 s off', async () => {
      for (const offset of [-298, 298])
        assert.equal((await send(signed({ now: seconds(offset) }))).status, 200);
    });
  });

  describe('refuses a request that has two readings', () => {
    for (const name of [
      'host',
      'x-amz-date',
      'authorization',
      'x-amz-target',
      'content-type',
      'content-length',
    ]) {
      it(`6: two ${name}`, async () => {
        const request = evil();
        const pair = request.headers.find(([n]) => n === name) as [string, string];
        const { answers } = await refused(added(request, pair));
        assert.deepEqual(
          answers.map(({ status }) => status),
          [400],
        );
      });
    }
    for (const path of ['//', '/%2e', '/../', '/x', '*']) {
      it(`6: the path ${path}, signed`, async () => {
        const { answers } = await refused(evil({ path }));
        assert.deepEqual(
          answers.map(({ status }) => status),
          [400],
        );
      });
    }

    const text = (request: Request): string => serialise(request).toString('latin1');
    const framings: [string, (request: Request) => string, number?][] = [
      ['Content-Length and Transfer-Encoding', (r) => text(added(r, ['transfer-encoding', 'chunked']))],
      ['two lengths', (r) => text(added(r, ['content-length', '0']))],
      [
        'a Transfer-Encoding that does not end in chunked',
        (r) => text(added(cut(r, 'content-length'), ['transfer-encoding', 'chunked, identity'])),
      ],
      ['bare line feeds', (r) => text(r).replaceAll('\r\n', '\n')],
      ['a header on two lines', (r) => text(r).replace(/(x-amz-date: \d{8})/, '$1\r\n ')],
      ['a blank before the colon', (r) => text(r).replace('host:', 'host :')],
      [
        'a chunk without a length',
        (r) =>
          text({
            ...added(cut(r, 'content-length'), ['transfer-encoding', 'chunked']),
            body: Buffer.from('zz\r\n{}\r\n0\r\n\r\n'),
          }),
      ],
      ['no Host', (r) => text(cut(r, 'host'))],
      ['an absolute URL', (r) => text(lined(r, `http://${host}/`))],
      ['an expectation', (r) => text(added(r, ['expect', '100-continue'])), 417],
      [
        'a length beyond the limit, its body left out',
        (r) =>
          text({ ...added(cut(r, 'content-length'), ['content-length', '1000000']), body: Buffer.alloc(0) }),
        413,
      ],
    ];
    for (const [what, write, wanted = 400] of framings) {
      it(`7: ${what}; the connection ends, and what was sent after it is not looked at`, async () => {
        const [first, second] = [evil(), evil()];
        const { answers, closed } = await exchange(
          Buffer.concat([Buffer.from(write(first), 'latin1'), serialise(second)]),
          2,
        );
        assert.deepEqual(
          answers.map(({ status }) => status),
          [wanted],
        );
        assert.ok(closed, 'the connection is still open');
        const carriedOut = await aliases();
        assert.ok(!carriedOut.includes(first.alias) && !carriedOut.includes(second.alias));
      });
    }

    it('and takes a body in chunks, and a second request on the same connection', async () => {
      const [first, second] = [evil(), evil()];
      const chunked = added(cut(first, 'content-length'), ['transfer-encoding', 'chunked']);
      const body = Buffer.concat([
        Buffer.from(`${first.body.length.toString(16)}\r\n`),
        first.body,
        Buffer.from('\r\n0\r\n\r\n'),
      ]);
      const { answers } = await exchange(
        Buffer.concat([serialise({ ...chunked, body }), serialise(second)]),
        2,
      );
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200],
      );
    });
  });

  describe('limits', () => {
    it('8: Expect is answered with 417, whatever the length, and no body is waited for', async () => {
      for (const length of [2, 2 ** 40]) {
        for (const expect of ['100-continue', 'nonsense']) {
          const request = added(
            cut(evil(), 'content-length'),
            ['content-length', String(length)],
            ['expect', expect],
          );
          const { answers, closed } = await exchange(serialise({ ...request, body: Buffer.alloc(0) }));
          assert.deepEqual(
            answers.map(({ status }) => status),
            [417],
            `${expect}, ${length} bytes`,
          );
          assert.ok(closed);
        }
      }
    });

    it('9: a body of more than 256 KiB is answered with 413, announced or not', async () => {
      const big = Buffer.alloc(300 * 1024, ' ');
      const announced = await exchange(serialise(signed({ body: big })));
      const chunked = added(cut(signed(), 'content-length'), ['transfer-encoding', 'chunked']);
      const body = Buffer.concat([
        Buffer.from(`${big.length.toString(16)}\r\n`),
        big,
        Buffer.from('\r\n0\r\n\r\n'),
      ]);
      const unannounced = await exchange(serialise({ ...chunked, body }));
      for (const { answers, closed } of [announced, unannounced]) {
        assert.deepEqual(
          answers.map(({ status }) => status),
          [413],
        );
        assert.ok(closed);
      }
    });

    it('a header of more than 16 KiB is answered with 431, more than 64 headers with 400', async () => {
      const long = await exchange(serialise(added(signed(), ['x-long', 'x'.repeat(17 * 1024)])));
      const pairs = Array.from({ length: 65 }, (_, i): [string, string] => [`x-${i}`, 'x']);
      const many = await exchange(serialise(added(signed(), ...pairs)));
      assert.deepEqual(
        [long, many].map(({ answers, closed }) => [answers[0]?.status, closed]),
        [
          [431, true],
          [400, true],
        ],
      );
    });

    it('8: cuts senders of one byte a second, while others are served as ever', async (t) => {
      const dripping = (request: Request, whole: number): Promise<number> => drip(serialise(request), whole);
      const start = performance.now();
      const headers = Array.from({ length: SLOW_SOCKETS }, () => dripping(signed(), 20));
      const withBody = signed({ body: JSON.stringify({ Marker: 'x'.repeat(200) }) });
      const bodies = Array.from({ length: SLOW_SOCKETS }, () =>
        dripping(withBody, serialise(withBody).length - withBody.body.length),
      );
      let slowest = 0;
      while (performance.now() - start < 4_000) {
        const began = performance.now();
        assert.equal((await send(signed())).status, 200);
        slowest = Math.max(slowest, performance.now() - began);
        await sleep(100);
      }
      const cutHeaders = Math.max(...(await Promise.all(headers)));
      const cutBodies = Math.max(...(await Promise.all(bodies)));
      t.diagnostic(
        `half headers cut after ${Math.round(cutHeaders)} ms, half bodies after ${Math.round(cutBodies)} ms; slowest other request ${Math.round(slowest)} ms`,
      );
      assert.ok(cutHeaders < 8_000, `half headers lived for ${cutHeaders} ms`);
      assert.ok(cutBodies < 13_000, `half bodies lived for ${cutBodies} ms`);
      assert.ok(slowest < 1_000, `another request took ${slowest} ms`);
    });
  });

  describe('finds the operation', () => {
    it('only in a POST with the JSON protocol; anything else is a 404', async () => {
      for (const contentType of ['application/json', 'application/x-amz-json-1.0', 'text/plain']) {
        const { status, body, headers } = await send(signed({ contentType }));
        assert.deepEqual([status, body], [404, '<UnknownOperationException/>'], contentType);
        assert.equal(headers['content-type'], 'application/xml');
      }
      for (const method of ['GET', 'PUT', 'DELETE', 'OPTIONS', 'TRACE']) {
        assert.equal((await send(signed({ method }))).status, 404, method);
      }
    });

    it('answers a target that nobody knows with UnknownOperationException, without a message', async () => {
      for (const target of [
        'TrentService.Nothing',
        'Nothing.ListKeys',
        '',
        '__proto__',
        'TrentService.__proto__',
        'TrentService.constructor',
      ]) {
        const answer = await send(signed({ target }));
        assert.equal(answer.status, 400, target);
        assert.equal(answer.body, '{"__type":"UnknownOperationException"}');
      }
    });

    it('says so when it is not built yet, and only to who has signed', async (t) => {
      const missing = Object.keys(services.kms.operations).filter(
        (name) => builtOperation(name as OperationName<'kms'>) === undefined,
      );
      t.diagnostic(`operations that are not built yet: ${missing.join(', ') || 'none'}`);
      for (const operation of missing) {
        // input that is missing is named first
        const answer = await send(signed({ operation, input: { KeyId: keyId } }));
        assert.equal(answer.status, 400);
        if (answer.type !== 'ValidationException') {
          assert.equal(answer.type, 'UnsupportedOperationException');
          assert.equal(answer.message, `${operation} is not available in this version of Claviger.`);
        }
        const stranger = await send(cut(signed({ operation }), 'authorization'));
        assert.equal(stranger.type, 'MissingAuthenticationTokenException');
      }
    });

    it('tells its health to anybody', async () => {
      for (const path of ['/healthz', '/readyz']) {
        const [answer] = (await exchange(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).answers;
        assert.equal(answer?.status, 200);
        assert.deepEqual(JSON.parse(answer?.body ?? ''), { ready: true, reasons: [] });
      }
      const [nothing] = (await exchange(`GET /metricz HTTP/1.1\r\nHost: ${host}\r\n\r\n`)).answers;
      assert.equal(nothing?.status, 404);
    });
  });

  describe('reads a body strictly', () => {
    const deep = (levels: number): string => `${'{"a":'.repeat(levels)}1${'}'.repeat(levels)}`;
    const wrong: [string, string | Buffer][] = [
      ['no JSON', '{'],
      ['nothing', ''],
      ['a list', '[]'],
      ['a string', '"x"'],
      ['null', 'null'],
      ['10^5 levels', `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
      ['17 levels', deep(17)],
      ['a name twice', '{"Limit":5,"Limit":6}'],
      ['a name twice, once with an escape', '{"Limit":5,"\\u004cimit":6}'],
      ['an unknown name twice, deep down', '{"x":{"y":1,"y":1}}'],
      ['__proto__ twice', '{"__proto__":{},"__proto__":{}}'],
      ['NaN', '{"Limit":NaN}'],
      ['a number beyond all', '{"Limit":1e400}'],
      ['half a number', '{"Limit":1.5}'],
      ['a string for a number', '{"Limit":"5"}'],
      ['a number for a string', '{"Marker":5}'],
      ['a lone surrogate', '{"Marker":"\\ud800"}'],
      ['a lone surrogate as a name', '{"\\udc00":1}'],
      ['bytes that are no UTF-8', Buffer.from('7b22ff223a317d', 'hex')],
      ['a byte order mark', '\ufeff{}'],
    ];
    for (const [what, body] of wrong) {
      it(`9: ${what}`, async () => {
        const answer = await send(signed({ body }));
        assert.deepEqual([answer.status, answer.type], [400, 'SerializationException']);
      });
    }

    it('9: and takes what is unknown, 16 levels of it, and __proto__ as a name like any other', async () => {
      for (const body of [
        deep(16),
        '{"__proto__":{"Limit":1}}',
        '{"constructor":{"prototype":{"Limit":1}}}',
        '{"Limit":null}',
      ]) {
        const answer = await send(signed({ body }));
        assert.equal(answer.status, 200, body);
      }
      const context = '{"__proto__":"a","constructor":"b"}';
      const body = `{"KeyId":"${keyId}","Plaintext":"eA==","EncryptionContext":${context}}`;
      const { status, body: encrypted } = await send(signed({ operation: 'Encrypt', body }));
      assert.equal(status, 200);
      const { CiphertextBlob } = JSON.parse(encrypted) as { CiphertextBlob: string };
      const decrypt = (c: string): Promise<Answer> =>
        send(
          signed({
            operation: 'Decrypt',
            body: `{"CiphertextBlob":"${CiphertextBlob}","EncryptionContext":${c}}`,
          }),
        );
      assert.equal((await decrypt(context)).status, 200);
      assert.equal((await decrypt('{"constructor":"b"}')).type, 'InvalidCiphertextException');
    });

    for (const [what, text] of [
      ['a sign of no base64', 'aGVs!bG8='],
      ['no padding', 'aGVsbG8'],
      ['a line break', 'aGVs\\nbG8='],
      ['the URL alphabet', '-_-_'],
      ['bits after the end', 'aGVsbG9='],
    ] as const) {
      it(`10: base64 with ${what}`, async () => {
        const body = `{"KeyId":"${keyId}","Plaintext":"${text}"}`;
        const answer = await send(signed({ operation: 'Encrypt', body }));
        assert.deepEqual([answer.status, answer.type], [400, 'SerializationException']);
      });
    }

    it('10: lengths of plaintext and ciphertext', async () => {
      const lengths: [string, string, number, RegExp][] = [
        ['Encrypt', 'Plaintext', 0, /'plaintext' .* greater than or equal to 1$/],
        ['Encrypt', 'Plaintext', 4097, /'plaintext' .* less than or equal to 4096$/],
        ['Decrypt', 'CiphertextBlob', 0, /'ciphertextBlob' .* greater than or equal to 1$/],
        ['Decrypt', 'CiphertextBlob', 6145, /'ciphertextBlob' .* less than or equal to 6144$/],
      ];
      for (const [operation, member, length, message] of lengths) {
        const input = { KeyId: keyId, [member]: Buffer.alloc(length, 7).toString('base64') };
        const answer = await send(signed({ operation, input }));
        assert.deepEqual([answer.status, answer.type], [400, 'ValidationException']);
        assert.match(answer.message ?? '', message);
      }
    });
  });

  /** Sends the first `whole` bytes at once and the rest one by one each second. @returns milliseconds until it was cut */
  async function drip(bytes: Buffer, whole: number): Promise<number> {
    const socket = await open();
    const start = performance.now();
    const closed = new Promise<number>((resolve) => {
      socket.once('close', () => resolve(performance.now() - start));
    });
    socket.resume(); // an answer is not of interest; its end is
    socket.write(bytes.subarray(0, whole));
    let at = whole;
    const timer = setInterval(() => {
      if (at < bytes.length - 1) socket.write(bytes.subarray(at, (at += 1)));
    }, 1_000);
    const lived = await closed;
    clearInterval(timer);
    return lived;
  }
});

/** The whole answers that have come in so far. */
function parseAnswers(received: string): Answer[] {
  const answers: Answer[] = [];
  for (let rest = received; ;) {
    const end = rest.indexOf('\r\n\r\n');
    if (end < 0) return answers;
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => [
        line.slice(0, line.indexOf(':')).toLowerCase(),
        line.slice(line.indexOf(':') + 1).trim(),
      ]),
    );
    rest = rest.slice(end + 4);
    // Node's own refusals have an empty body in chunks
    const length =
      headers['transfer-encoding'] === 'chunked'
        ? '0\r\n\r\n'.length
        : Number(headers['content-length'] ?? 0);
    if (rest.length < length) return answers;
    const body = rest.slice(0, length);
    const { __type: type, message } = (body.startsWith('{') ? JSON.parse(body) : {}) as {
      __type?: string;
      message?: string;
    };
    answers.push({ status: Number(statusLine.split(' ')[1]), headers, body, type, message });
    rest = rest.slice(length);
  }
}
