/**
 * Memory for bytes that come and go all the time: cells of one size, out of large pieces that are made once.
 *
 * An array of its own for each block would be new memory outside the heap, megabytes of it a second under load, and V8
 * answers that with major garbage collections: first chunks then waited 20 ms for one. A cell that was given back is
 * used again. The rest of a last cell is the price: two KB for each block of sixteen.
 */

const CELL_BYTES = 4096
const CELLS_OF_A_SLAB = 256

/** Which cells hold some bytes, in their order, and how many bytes there are. */
export interface Stored {
  readonly cells: readonly number[]
  readonly length: number
}

export class ByteCells {
  #slabs: Uint8Array[] = []
  readonly #free: number[] = []
  #used = 0

  store(bytes: Uint8Array): Stored {
    const cells: number[] = []
    for (let at = 0; at < bytes.length; at += CELL_BYTES) {
      const cell = this.#take()
      this.#cell(cell).set(bytes.subarray(at, at + CELL_BYTES))
      cells.push(cell)
    }
    return { cells, length: bytes.length }
  }

  read({ cells, length }: Stored): Uint8Array {
    const bytes = new Uint8Array(length)
    for (const [index, cell] of cells.entries()) {
      const at = index * CELL_BYTES
      bytes.set(this.#cell(cell).subarray(0, Math.min(CELL_BYTES, length - at)), at)
    }
    return bytes
  }

  /** Gives the cells back. Whoever stored them must not read them again. */
  release({ cells }: Stored): void {
    this.#free.push(...cells)
    this.#used -= cells.length
    if (this.#used > 0) return
    // Nothing is kept any more: the memory goes too.
    this.#slabs = []
    this.#free.length = 0
  }

  #take(): number {
    this.#used += 1
    const known = this.#free.pop()
    if (known !== undefined) return known
    const first = this.#slabs.length * CELLS_OF_A_SLAB
    this.#slabs.push(new Uint8Array(CELLS_OF_A_SLAB * CELL_BYTES))
    for (let cell = first + CELLS_OF_A_SLAB - 1; cell > first; cell -= 1) this.#free.push(cell)
    return first
  }

  #cell(cell: number): Uint8Array {
    const slab = this.#slabs[Math.floor(cell / CELLS_OF_A_SLAB)]
    if (slab === undefined) throw new RangeError(`there is no cell ${cell}`)
    const at = (cell % CELLS_OF_A_SLAB) * CELL_BYTES
    return slab.subarray(at, at + CELL_BYTES)
  }
}
