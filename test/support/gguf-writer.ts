/** The GGUF file format, version 3, as far as a tiny model needs it: typed metadata, tensor table, F32 data. */

export type TensorValues = Float32Array<ArrayBuffer>

/** Types of metadata values, by the numbers of the format's specification. */
const KIND = { uint32: 4, int32: 5, float32: 6, bool: 7, string: 8, array: 9 } as const

const ALIGNMENT = 32
const F32 = 0

export class GgufWriter {
  readonly #metadata: Buffer[] = []
  readonly #tensors: { readonly name: string; readonly dimensions: readonly number[]; readonly data: Buffer }[] = []

  text(key: string, value: string): void {
    this.#put(key, KIND.string, string(value))
  }

  count(key: string, value: number): void {
    this.#put(key, KIND.uint32, uint32(value))
  }

  real(key: string, value: number): void {
    const bytes = Buffer.alloc(4)
    bytes.writeFloatLE(value)
    this.#put(key, KIND.float32, bytes)
  }

  flag(key: string, value: boolean): void {
    this.#put(key, KIND.bool, Buffer.from([value ? 1 : 0]))
  }

  texts(key: string, values: readonly string[]): void {
    this.#put(key, KIND.array, Buffer.concat([uint32(KIND.string), uint64(values.length), ...values.map(string)]))
  }

  counts(key: string, values: readonly number[]): void {
    this.#put(key, KIND.array, Buffer.concat([uint32(KIND.int32), uint64(values.length), ...values.map(uint32)]))
  }

  /** Dimensions in the order of the format: the one that lies closest in memory comes first. */
  tensor(name: string, dimensions: readonly number[], values: TensorValues): void {
    this.#tensors.push({ name, dimensions, data: padded(Buffer.from(values.buffer)) })
  }

  bytes(): Buffer {
    let offset = 0
    const table = this.#tensors.map(({ name, dimensions, data }) => {
      const entry = Buffer.concat([
        string(name),
        uint32(dimensions.length),
        ...dimensions.map(uint64),
        uint32(F32),
        uint64(offset),
      ])
      offset += data.length
      return entry
    })
    const counts = [uint64(this.#tensors.length), uint64(this.#metadata.length)]
    const head = Buffer.concat([Buffer.from('GGUF'), uint32(3), ...counts, ...this.#metadata, ...table])
    return Buffer.concat([padded(head), ...this.#tensors.map(({ data }) => data)])
  }

  #put(key: string, kind: number, value: Buffer): void {
    this.#metadata.push(Buffer.concat([string(key), uint32(kind), value]))
  }
}

function string(value: string): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint64(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function padded(bytes: Buffer): Buffer {
  const missing = (ALIGNMENT - (bytes.length % ALIGNMENT)) % ALIGNMENT
  return missing === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(missing)])
}
