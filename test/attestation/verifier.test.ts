import 'reflect-metadata';
import assert from 'node:assert/strict';
import { X509Certificate, generateKeyPairSync } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { BasicConstraintsExtension, Extension, KeyUsageFlags } from '@peculiar/x509';
import { encode } from 'cborg';
import fc from 'fast-check';
import { AttestationRejected, parseAttestationDocument } from '../../src/attestation/document.ts';
import { attestationVerifier, readTrustRoots } from '../../src/attestation/verifier.ts';
import type { VerifyAttestation } from '../../src/attestation/verifier.ts';
import { certify, createEnclave } from './enclave.ts';
import type { Enclave, Payload } from './enclave.ts';

const MINUTES = 60_000;
const HOURS = 60 * MINUTES;
const bytes = (length: number): Buffer => Buffer.alloc(length, 1);

describe('an attestation document', () => {
  let enclave: Enclave;
  let verify: VerifyAttestation;

  const roots = (...of: Enclave[]): X509Certificate[] =>
    of.map(({ rootPem }) => new X509Certificate(rootPem));
  const refuses = (document: Buffer, reason: RegExp, now = Date.now()): void =>
    assert.throws(
      () => verify(document, now),
      (error) => error instanceof AttestationRejected && reason.test(error.message),
    );

  before(async () => {
    enclave = await createEnclave();
    verify = attestationVerifier(roots(enclave), 5 * MINUTES);
  });

  it('tells of the module, its registers and the public key that it holds', () => {
    const recipient = verify(enclave.attest(), Date.now());
    assert.equal(recipient.platform, 'NitroEnclave');
    assert.equal(recipient.moduleId, 'i-0123456789abcdef0-enc0123456789abcde0');
    assert.deepEqual([...recipient.pcrs], [...enclave.pcrs]);
    const { n } = enclave.privateKey.export({ format: 'jwk' });
    assert.equal(recipient.publicKey.export({ format: 'jwk' }).n, n);
  });

  it('may be of a NitroTPM, with members left out and a nonce', () => {
    const document = enclave.attest({
      module_id: 'i-0123456789abcdef0-tpm0000000000000000',
      pcrs: undefined,
      nitrotpm_pcrs: new Map([[4, bytes(48)]]),
      user_data: undefined,
      nonce: bytes(32),
    });
    assert.equal(verify(document, Date.now()).platform, 'NitroTPM');
  });

  it('is good for five minutes, before and after, and while its certificates are', () => {
    const at = (timestamp: number): Buffer => enclave.attest({ timestamp });
    const now = Date.now();
    assert.ok(verify(at(now - 5 * MINUTES), now));
    assert.ok(verify(at(now + 5 * MINUTES), now));
    refuses(at(now - 5 * MINUTES - 1), /expired/, now);
    refuses(at(now + 5 * MINUTES + 1), /expired/, now);
    const later = now + 4 * HOURS;
    refuses(at(later), /not valid now/, later);
    const earlier = now - 2 * HOURS;
    refuses(at(earlier), /not valid now/, earlier);
  });

  it('is refused when nobody is trusted, or somebody else', async () => {
    const other = await createEnclave();
    const document = enclave.attest();
    assert.throws(() => attestationVerifier([], HOURS)(document, Date.now()), /no root certificate/);
    const trusting = attestationVerifier(roots(other), HOURS);
    assert.throws(() => trusting(document, Date.now()), /does not begin with a trusted root/);
    assert.ok(attestationVerifier(roots(other, enclave), HOURS)(document, Date.now()));
    // a stranger's chain behind our root, and our chain behind a stranger's root
    const cabundle = enclave.payload()['cabundle'] as Buffer[];
    const strangers = other.payload()['cabundle'] as Buffer[];
    const mixed = {
      cabundle: [cabundle[0], ...strangers.slice(1)],
      certificate: other.payload()['certificate'],
    };
    refuses(other.attest(mixed), /do not form a chain/);
    refuses(enclave.attest({ cabundle: [strangers[0], ...cabundle.slice(1)] }), /trusted root/);
    refuses(enclave.attest({ cabundle: cabundle.slice(1) }), /trusted root/);
    refuses(enclave.attest({ cabundle: cabundle.slice(0, 2) }), /do not form a chain/);
    refuses(enclave.attest({ cabundle: [...cabundle].reverse() }), /trusted root/);
  });

  it('is not verified with a root file that is none: the server does not start', () => {
    assert.throws(
      () => readTrustRoots(['/nowhere/root.pem']),
      /attestation\.roots: \/nowhere\/root\.pem is not/,
    );
    assert.throws(
      () => readTrustRoots([import.meta.filename]),
      /attestation\.roots: .* is not a certificate/,
    );
  });

  it('is refused when another key signed it, or one byte of it is another', () => {
    const payload = encode(new Map(Object.entries(enclave.payload())));
    refuses(enclave.attestBytes(payload, { signer: enclave.issuers[1] }), /signature is wrong/);
    const document = enclave.attest();
    fc.assert(
      fc.property(fc.nat(document.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const altered = Buffer.from(document);
        altered[at] = (altered[at] as number) ^ change;
        assert.throws(() => verify(altered, Date.now()), AttestationRejected);
      }),
      { numRuns: 200 },
    );
  });

  describe('with a chain of certificates', () => {
    /** The document under a chain that a test made; its last certificate signs. */
    const under = async (
      ...made: [string, Parameters<typeof certify>[2]][]
    ): Promise<{ document: Buffer; reason: string | undefined }> => {
      let issuer = enclave.root;
      const chain = [];
      for (const [name, options] of made) {
        issuer = await certify(name, issuer, options);
        chain.push(Buffer.from(issuer.certificate.rawData));
      }
      const rootDer = Buffer.from(enclave.root.certificate.rawData);
      const payload = {
        ...enclave.payload(),
        cabundle: [rootDer, ...chain.slice(0, -1)],
        certificate: chain.at(-1),
      };
      const document = enclave.attestBytes(encode(new Map(Object.entries(payload))), { signer: issuer });
      try {
        verify(document, Date.now());
        return { document, reason: undefined };
      } catch (error) {
        assert.ok(error instanceof AttestationRejected);
        return { document, reason: error.message };
      }
    };
    const leaf = { ca: false } as const;

    it('takes any number of issuers that their own allow', async () => {
      assert.equal((await under(['leaf', leaf])).reason, undefined);
      assert.equal(
        (await under(['a', {}], ['b', { pathLength: 1 }], ['c', { pathLength: 0 }], ['leaf', leaf])).reason,
        undefined,
      );
      assert.match(
        (await under(['a', { pathLength: 0 }], ['b', {}], ['leaf', leaf])).reason ?? '',
        /too long/,
      );
    });

    const expired = { notAfter: new Date(Date.now() - MINUTES) };
    const future = { notBefore: new Date(Date.now() + MINUTES) };
    const critical = { extensions: [new Extension('1.2.3.4', true, Buffer.from('0500', 'hex'))] };
    const twice = { extensions: [new BasicConstraintsExtension(true, 3, true)] };
    const cases: [string, RegExp, ...[string, Parameters<typeof certify>[2]][]][] = [
      ['an issuer that is expired', /not valid now/, ['a', expired], ['leaf', leaf]],
      ['an issuer that is not valid yet', /not valid now/, ['a', future], ['leaf', leaf]],
      ['a signer that is expired', /not valid now/, ['a', {}], ['leaf', { ...leaf, ...expired }]],
      ['an issuer that is no CA', /another use|form a chain/, ['a', leaf], ['leaf', leaf]],
      [
        'an issuer whose key may not sign certificates',
        /another use|form a chain/,
        ['a', { usages: KeyUsageFlags.digitalSignature }],
        ['leaf', leaf],
      ],
      ['a signer that is a CA', /another use/, ['a', {}], ['leaf', {}]],
      [
        'a signer whose key may not sign documents',
        /another use/,
        ['leaf', { ...leaf, usages: KeyUsageFlags.keyAgreement }],
      ],
      ['a key of another curve', /P-384/, ['a', { curve: 'P-521' }], ['leaf', leaf]],
      ['a critical extension that is not understood', /cannot be read/, ['a', critical], ['leaf', leaf]],
      ['an extension that is there twice', /cannot be read/, ['a', twice], ['leaf', leaf]],
    ];
    for (const [what, reason, ...chain] of cases) {
      it(`refuses ${what}`, async () => assert.match((await under(...chain)).reason ?? 'accepted', reason));
    }
  });

  describe('that is not exactly of the form', () => {
    const spki = (type: 'rsa' | 'ec', options: object): Buffer =>
      generateKeyPairSync(type as 'rsa', options as { modulusLength: number }).publicKey.export({
        format: 'der',
        type: 'spki',
      });
    const good = (): Buffer => enclave.payload()['public_key'] as Buffer;
    const cases: [string, () => Payload, RegExp][] = [
      ['no public key', () => ({ public_key: null }), /no public key/],
      ['no public key at all', () => ({ public_key: undefined }), /no public key/],
      [
        'an RSA key of 1024 bits',
        () => ({ public_key: spki('rsa', { modulusLength: 1024 }) }),
        /RSA key of 2048/,
      ],
      [
        'a key that is not RSA',
        () => ({ public_key: spki('ec', { namedCurve: 'P-256' }) }),
        /RSA key of 2048/,
      ],
      ['bytes after the key', () => ({ public_key: Buffer.concat([good(), bytes(1)]) }), /RSA key of 2048/],
      ['a key that is none', () => ({ public_key: bytes(300) }), /RSA key of 2048/],
      ['a key of over 1024 bytes', () => ({ public_key: bytes(1025) }), /public_key/],
      ['a module id that is no text', () => ({ module_id: 7 }), /module_id/],
      ['an empty module id', () => ({ module_id: '' }), /module_id/],
      ['a module id of two lines', () => ({ module_id: 'a\nb' }), /module_id/],
      ['another digest', () => ({ digest: 'SHA256' }), /digest/],
      ['no time', () => ({ timestamp: undefined }), /timestamp/],
      ['a time of text', () => ({ timestamp: 'now' }), /timestamp/],
      ['a time of zero', () => ({ timestamp: 0 }), /timestamp/],
      ['a time beyond numbers', () => ({ timestamp: 2n ** 60n }), /payload is not CBOR/],
      ['no registers', () => ({ pcrs: undefined }), /pcrs are missing/],
      ['empty registers', () => ({ pcrs: new Map() }), /pcrs are wrong/],
      ['registers of both platforms', () => ({ nitrotpm_pcrs: enclave.pcrs }), /there twice/],
      ['a register beyond 31', () => ({ pcrs: new Map([[32, bytes(48)]]) }), /pcrs are wrong/],
      ['a register below 0', () => ({ pcrs: new Map([[-1, bytes(48)]]) }), /pcrs are wrong/],
      ['a register by name', () => ({ pcrs: new Map([['0', bytes(48)]]) }), /pcrs are wrong/],
      ['a register of 47 bytes', () => ({ pcrs: new Map([[0, bytes(47)]]) }), /pcrs are wrong/],
      ['registers in a list', () => ({ pcrs: [bytes(48)] }), /pcrs are wrong/],
      ['no certificate', () => ({ certificate: undefined }), /certificate is missing/],
      ['a certificate that is none', () => ({ certificate: bytes(100) }), /cannot be read/],
      ['a certificate of over 1024 bytes', () => ({ certificate: bytes(1025) }), /certificate is missing/],
      ['no issuers', () => ({ cabundle: [] }), /cabundle/],
      ['issuers that are no bytes', () => ({ cabundle: ['x'] }), /cabundle/],
      ['nine issuers', () => ({ cabundle: Array.from({ length: 9 }, () => bytes(1)) }), /cabundle/],
      ['user data of over 1024 bytes', () => ({ user_data: bytes(1025) }), /user_data/],
      ['a nonce of text', () => ({ nonce: 'x' }), /nonce/],
      ['a member that nobody knows', () => ({ admin: true }), /not known/],
    ];
    for (const [what, changes, reason] of cases) {
      it(`is refused: ${what}`, () => refuses(enclave.attest(changes()), reason));
    }

    const signature = bytes(96);
    const header = Buffer.from('a1013822', 'hex');
    const forms: [string, () => Buffer, RegExp][] = [
      ['nothing', () => Buffer.alloc(0), /not CBOR/],
      ['too much', () => Buffer.alloc(16_385), /too long/],
      ['a map', () => Buffer.from(encode(new Map())), /no COSE_Sign1/],
      ['three parts', () => Buffer.from(encode([header, new Map(), bytes(1)])), /no COSE_Sign1/],
      ['bytes after the end', () => Buffer.concat([enclave.attest(), bytes(1)]), /not CBOR/],
      ['a tag', () => Buffer.concat([Buffer.of(0xd2), enclave.attest()]), /not CBOR/],
      [
        'an indefinite length',
        () => Buffer.concat([Buffer.of(0x9f), enclave.attest().subarray(1), Buffer.of(0xff)]),
        /not CBOR/,
      ],
      [
        'another algorithm',
        () => enclave.attestBytes(bytes(1), { protectedHeader: encode(new Map([[1, -7]])) }),
        /ES384/,
      ],
      ['no algorithm', () => enclave.attestBytes(bytes(1), { protectedHeader: Buffer.alloc(0) }), /ES384/],
      [
        'an unprotected header',
        () => Buffer.from(encode([header, new Map([[1, -35]]), bytes(1), signature])),
        /unprotected/,
      ],
      ['no payload', () => Buffer.from(encode([header, new Map(), null, signature])), /no payload/],
      ['a short signature', () => Buffer.from(encode([header, new Map(), bytes(1), bytes(95)])), /signature/],
      ['a payload that is no map', () => enclave.attestBytes(encode([1])), /no map/],
      [
        'a member twice',
        () => enclave.attestBytes(Buffer.from('a2616101616102', 'hex')),
        /payload is not CBOR/,
      ],
      [
        'a length in too many bytes',
        () => enclave.attestBytes(Buffer.from('b80161610a', 'hex')),
        /payload is not CBOR/,
      ],
      ['nesting without end', () => Buffer.alloc(16_384, 0x81), /not CBOR/],
      ['a list that says that it is endless', () => Buffer.from('9b001fffffffffffff', 'hex'), /not CBOR/],
    ];
    for (const [what, document, reason] of forms) {
      it(`is refused: ${what}`, () => refuses(document(), reason));
    }

    it('is refused with a reason and nothing else, whatever the bytes are', () => {
      const refusedOrParsed = (document: Buffer): void => {
        try {
          parseAttestationDocument(document);
        } catch (error) {
          assert.ok(error instanceof AttestationRejected, String(error));
        }
      };
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 400 }), (any) => refusedOrParsed(Buffer.from(any))),
        {
          numRuns: 2000,
        },
      );
      // what is well-formed at the outside gets further in
      const value = fc.letrec((tie) => ({
        any: fc.oneof(
          { depthSize: 'small' },
          fc.uint8Array({ maxLength: 100 }),
          fc.string(),
          fc.maxSafeInteger(),
          fc.constant(null),
          fc.boolean(),
          fc.array(tie('any'), { maxLength: 4 }),
          fc
            .array(fc.tuple(fc.oneof(fc.string(), fc.nat(40)), tie('any')), { maxLength: 4 })
            .map((e) => new Map(e)),
        ),
      })).any;
      const names = Object.keys(enclave.payload());
      fc.assert(
        fc.property(fc.constantFrom(...names), value, (name, any) =>
          refusedOrParsed(enclave.attest({ [name]: any })),
        ),
        { numRuns: 300 },
      );
    });

    it('is refused when it is cut anywhere', () => {
      const document = enclave.attest();
      for (let length = 0; length < document.length; length += 7) {
        assert.throws(() => parseAttestationDocument(document.subarray(0, length)), AttestationRejected);
      }
    });
  });
});
