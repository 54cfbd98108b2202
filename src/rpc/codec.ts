/**
 * The byte layout of RPC payloads: fixed-size fields as they are, variable ones with a u16 or u32 length before them.
 * Nothing here knows what the fields mean.
 */

/** Reads fields in order; throws RangeError when the payload is shorter than its fields say. */
export class Reader {
  #at = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  u8(): number {
    const value = this.#bytes.readUInt8(this.#at);
    this.#at += 1;
    return value;
  }

  u16(): number {
    const value = this.#bytes.readUInt16BE(this.#at);
    this.#at += 2;
    return value;
  }

  u32(): number {
    const value = this.#bytes.readUInt32BE(this.#at);
    this.#at += 4;
    return value;
  }

  /** A view (no copy) of the next `length` bytes. */
  bytes(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('payload is shorter than its fields');
    const view = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return view;
  }

  /** A field with a u16 length before it. */
  field16(): Buffer {
    return this.bytes(this.u16());
  }

  /** A field with a u32 length before it. */
  field32(): Buffer {
    return this.bytes(this.u32());
  }

  /** All that is left. */
  rest(): Buffer {
    return this.bytes(this.#bytes.length - this.#at);
  }
}

export function u8(value: number): Buffer {
  return Buffer.from([value]);
}

export function u16(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** The field with its u32 length before it. */
export function field32(value: Buffer): Buffer {
  return Buffer.concat([u32(value.length), value]);
}
