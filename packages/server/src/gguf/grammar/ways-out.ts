/** Which nodes have a finite value at all, and by how many turns of a recursion the shortest of them gets out of it. */

import type { Shape, ShapeNode } from './shape-graph.ts'

/** The most characters and items that a schema may demand: beyond, no answer could hold them. */
const MOST_DEMANDED_CHARACTERS = 100_000
const MOST_DEMANDED_ITEMS = 10_000

export class WaysOut {
  /** Circles of nodes by the id of a node: nodes share a number when each leads to the other. */
  readonly #circles: readonly number[]
  /** `Infinity`: no finite value. */
  readonly #turns: number[]

  constructor(nodes: readonly ShapeNode[]) {
    this.#circles = circlesOf(nodes)
    this.#turns = nodes.map(() => Infinity)
    // The latest nodes lie deepest, so that most settle in the first round. Turns only ever sink, by whole numbers.
    const backwards = nodes.toReversed()
    for (let changed = true; changed;) {
      changed = false
      for (const node of backwards) {
        const turns = Math.min(...node.shapes.map((shape) => this.ofShape(node, shape)))
        if (turns < this.of(node)) {
          this.#turns[node.id] = turns
          changed = true
        }
      }
    }
  }

  /** Turns that the shortest way out of a node takes; 0 outside of recursions, `Infinity` when there is none. */
  of(node: ShapeNode): number {
    return this.#turns[node.id] ?? Infinity
  }

  ofShape(node: ShapeNode, shape: Shape): number {
    switch (shape.kind) {
      case 'values':
        return shape.values.length > 0 ? 0 : Infinity
      case 'string':
        return shape.least <= MOST_DEMANDED_CHARACTERS ? 0 : Infinity
      case 'number':
        return hasNumber(shape.least, shape.most, shape.whole) ? 0 : Infinity
      case 'array':
        if (shape.least > MOST_DEMANDED_ITEMS) return Infinity
        return shape.least === 0 ? 0 : this.ofStep(node, shape.items)
      case 'object':
        return Math.max(
          0,
          ...shape.members.filter(({ required }) => required).map((member) => this.ofStep(node, member.node)),
        )
    }
  }

  /** The same for a node that stands inside `from`. */
  ofStep(from: ShapeNode, to: ShapeNode): number {
    return this.of(to) + (this.isTurn(from, to) ? 1 : 0)
  }

  isRecursive(node: ShapeNode): boolean {
    return stepsOf(node).some((to) => this.isTurn(node, to))
  }

  /** Whether the way leads back. */
  isTurn(from: ShapeNode, to: ShapeNode): boolean {
    return this.#circles[from.id] === this.#circles[to.id]
  }
}

function hasNumber(least: number, most: number, whole: boolean): boolean {
  return !whole || Math.ceil(least) <= Math.floor(most)
}

function stepsOf(node: ShapeNode): readonly ShapeNode[] {
  return node.shapes.flatMap((shape) => {
    if (shape.kind === 'array') return [shape.items]
    if (shape.kind !== 'object') return []
    return [...shape.members.map((member) => member.node), ...(shape.extra === undefined ? [] : [shape.extra])]
  })
}

/** Strongly connected components (Tarjan 1972), with a stack of its own: schemas may be nested deep. */
function circlesOf(nodes: readonly ShapeNode[]): readonly number[] {
  const order: number[] = []
  const lowest: number[] = []
  const circles: number[] = []
  const open: number[] = []
  let met = 0
  for (const start of nodes) {
    if (order[start.id] !== undefined) continue
    const way: { readonly id: number; readonly steps: readonly ShapeNode[]; next: number }[] = []
    const enter = (node: ShapeNode): void => {
      order[node.id] = met
      lowest[node.id] = met
      met += 1
      open.push(node.id)
      way.push({ id: node.id, steps: stepsOf(node), next: 0 })
    }
    enter(start)
    for (let here = way.at(-1); here !== undefined; here = way.at(-1)) {
      const step = here.steps[here.next]
      here.next += 1
      const { id } = here
      if (step !== undefined) {
        const seen = order[step.id]
        if (seen === undefined) enter(step)
        else if (circles[step.id] === undefined) lowest[id] = Math.min(lowest[id] ?? seen, seen)
        continue
      }
      way.pop()
      const low = lowest[id] ?? 0
      const above = way.at(-1)
      if (above !== undefined) lowest[above.id] = Math.min(lowest[above.id] ?? low, low)
      if (low !== order[id]) continue
      for (let member = open.pop(); member !== undefined; member = member === id ? undefined : open.pop()) {
        circles[member] = id
      }
    }
  }
  return circles
}
