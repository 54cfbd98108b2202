/**
 * The web console's files, as `npm run build` made them (console/): static, the same for everybody, in memory, and packed when somebody
 * first asks. They hold nothing of this installation but the Regions; everything else the browser asks of the API, signed by its user.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { constants, brotliCompressSync, gzipSync } from 'node:zlib';
import type { EdgeAnswer, EdgeRequest } from '../edge/edge.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.woff2': 'font/woff2',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

/** Nothing from elsewhere, nothing inline, in no frame; the style sheet brings fonts and pictures along as data:. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const SECURITY_HEADERS = [
  ...['Content-Security-Policy', POLICY],
  ...['X-Content-Type-Options', 'nosniff'],
  ...['Referrer-Policy', 'no-referrer'],
  ...['Cross-Origin-Opener-Policy', 'same-origin'],
  ...['Cross-Origin-Resource-Policy', 'same-origin'],
];

interface StaticFile {
  type: string;
  etag: string;
  /** The file's name changes with its content. */
  immutable: boolean;
  plain: Buffer;
  /** By content coding, as far as it was asked for: most servers never show their console. */
  packed: Map<Coding, Buffer>;
}

/** Content codings (RFC 9110 section 8.4), the preferred first. */
const CODINGS = {
  // level 5: a hundredth of the time of the highest, and a few per cent larger
  br: (plain: Buffer) => brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } }),
  gzip: (plain: Buffer) => gzipSync(plain),
} as const;

type Coding = keyof typeof CODINGS;

const PREFIX = '/console/';

/**
 * @param dir where the built console is; without it the answer to all is 404
 * @param regions home Region first
 * @returns what answers a GET; undefined for what is not the console's
 */
export function createConsole(
  dir: string,
  regions: readonly string[],
): (request: EdgeRequest) => EdgeAnswer | undefined {
  const files = readFiles(dir);
  files.set(
    `${PREFIX}installation.json`,
    staticFile(Buffer.from(JSON.stringify({ regions })), '.json', false),
  );
  return ({ target, headers }) => {
    // a browser's; a client of the API that asks for / by GET is told what it always was
    const forPeople = String(headers.accept ?? '').includes('text/html');
    if ((target === '/' && forPeople) || target === '/console') return redirect(PREFIX);
    if (!target.startsWith(PREFIX)) return undefined;
    const path = target.split('?', 1)[0] as string;
    const file = files.get(path === PREFIX ? `${PREFIX}index.html` : path);
    return file === undefined ? notFound() : answer(file, headers);
  };
}

function readFiles(dir: string): Map<string, StaticFile> {
  const files = new Map<string, StaticFile>();
  if (!existsSync(dir)) return files;
  for (const entry of readdirSync(dir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(dir, path).split(sep).join('/');
    files.set(`${PREFIX}${name}`, staticFile(readFileSync(path), extname(name), name.startsWith('assets/')));
  }
  return files;
}

function staticFile(plain: Buffer, extension: string, immutable: boolean): StaticFile {
  return {
    type: TYPES[extension] ?? 'application/octet-stream',
    etag: `"${createHash('sha256').update(plain).digest('base64url').slice(0, 22)}"`,
    immutable,
    plain,
    packed: new Map(),
  };
}

function pack({ plain, packed }: StaticFile, coding: Coding): Buffer {
  let body = packed.get(coding);
  if (body === undefined) packed.set(coding, (body = CODINGS[coding](plain)));
  return body;
}

function answer(file: StaticFile, headers: EdgeRequest['headers']): EdgeAnswer {
  const caching = [
    ...['ETag', file.etag],
    ...['Cache-Control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache'],
    ...SECURITY_HEADERS,
  ];
  if (headers['if-none-match'] === file.etag) return { status: 304, headers: caching, body: '' };
  const accepted = String(headers['accept-encoding'] ?? '');
  const coding = (Object.keys(CODINGS) as Coding[]).find((name) =>
    new RegExp(`\\b${name}\\b`).test(accepted),
  );
  const body = coding === undefined ? file.plain : pack(file, coding);
  return {
    status: 200,
    headers: [
      ...['Content-Type', file.type, 'Content-Length', String(body.length), 'Vary', 'Accept-Encoding'],
      ...(coding === undefined ? [] : ['Content-Encoding', coding]),
      ...caching,
    ],
    body,
  };
}

function redirect(to: string): EdgeAnswer {
  return { status: 302, headers: ['Location', to, 'Content-Length', '0'], body: '' };
}

function notFound(): EdgeAnswer {
  return { status: 404, headers: ['Content-Length', '0', ...SECURITY_HEADERS], body: '' };
}
