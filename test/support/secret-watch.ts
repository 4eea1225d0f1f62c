/** Knows every secret of a play and everything that was said in it, and finds the one in the other. */

import { createHash } from 'node:crypto'

/** A part of a secret that is this long is as good as the secret. */
const PART = 12

export interface Finding {
  /** Where it was said. */
  readonly where: string
  /** The name of the secret. */
  readonly what: string
}

/** A secret for a name: the same in every run, and no two have a part in common. */
export function secretFor(name: string): string {
  return createHash('sha256').update(name).digest('base64url').replaceAll('-', 'M').replaceAll('_', 'u')
}

export class SecretWatch {
  /** Names of secrets by their parts. */
  readonly #parts = new Map<string, string>()
  readonly #said: { readonly where: string; readonly text: string }[] = []

  /** From now on, and for what was said before, this is looked for: as it is, percent-encoded, and in Base64. */
  keep(name: string, secret: string): string {
    const forms = [secret, encodeURIComponent(secret), ...base64Forms(secret)]
    for (const part of forms.flatMap(partsOf)) this.#parts.set(part, name)
    return secret
  }

  hear(where: string, text: string): void {
    this.#said.push({ where, text })
  }

  get heard(): readonly string[] {
    return this.#said.map(({ where }) => where)
  }

  /** Every secret that was said, once for each place. */
  findings(): Finding[] {
    return this.#said.flatMap(({ where, text }) => {
      const found = new Set<string>()
      for (let at = 0; at + PART <= text.length; at += 1) {
        const what = this.#parts.get(text.slice(at, at + PART))
        if (what !== undefined) found.add(what)
      }
      return [...found].map((what) => ({ where, what }))
    })
  }
}

function partsOf(form: string): string[] {
  return Array.from({ length: Math.max(form.length - PART + 1, 0) }, (_, at) => form.slice(at, at + PART))
}

/** Wherever it stands in what was encoded. The ends depend on what stands beside it. */
function base64Forms(secret: string): string[] {
  return ['', 'x', 'xx'].map((before) =>
    Buffer.from(before + secret)
      .toString('base64')
      .slice(4, -4),
  )
}
