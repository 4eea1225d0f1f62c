/** Every colour that carries words or a sign can be seen, in both themes: computed from the tokens, as WCAG 2.2 has it. */

import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'

type Rgb = readonly [number, number, number]
type Theme = 'light' | 'dark'

const css = readFileSync(new URL('tokens.css', import.meta.url), 'utf8')

/** Linear sRGB of an OKLCH colour, after Björn Ottosson's matrices; outside 0 to 1 where sRGB has no such colour. */
function linear(lightness: number, chroma: number, hue: number): Rgb {
  const a = chroma * Math.cos((hue * Math.PI) / 180)
  const b = chroma * Math.sin((hue * Math.PI) / 180)
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ]
}

function colour(token: string, theme: Theme): Rgb {
  const oklch = String.raw`oklch\(([\d.]+) ([\d.]+) ([\d.]+)\)`
  const found = new RegExp(String.raw`--${token}: light-dark\(${oklch}, ${oklch}\);`).exec(css)
  assert.ok(found, `tokens.css has no --${token} with two colours`)
  const [l, c, h] = found.slice(theme === 'light' ? 1 : 4).map(Number)
  return linear(l ?? 0, c ?? 0, h ?? 0)
}

function contrast(first: Rgb, second: Rgb): number {
  const luminance = (rgb: Rgb): number => {
    const [r, g, b] = rgb.map((channel) => Math.min(1, Math.max(0, channel))) as unknown as Rgb
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const [low, high] = [luminance(first), luminance(second)].toSorted((x, y) => x - y) as [number, number]
  return (high + 0.05) / (low + 0.05)
}

const TEXT: readonly (readonly [text: string, on: readonly string[]])[] = [
  ['ink', ['ground', 'surface', 'sunken']],
  ['ink-2', ['ground', 'surface', 'sunken']],
  ['ink-3', ['ground', 'surface', 'sunken']],
  ['earth-ink', ['ground', 'surface', 'sunken', 'earth-wash']],
  ['on-earth', ['earth']],
  ['surface', ['ink']],
  ['thought-ink', ['ground', 'surface']],
  ['seam-ink', ['seam-wash', 'ground', 'surface']],
  ['bad-ink', ['bad-wash', 'ground', 'surface']],
  ['good-ink', ['ground', 'surface']],
  ['tool-ink', ['ground', 'surface']],
]
const GRAPHICS = ['edge', 'earth', 'thought', 'seam', 'bad', 'good', 'tool', 'ink-2'] as const

describe('the tokens', () => {
  for (const theme of ['light', 'dark'] as const) {
    for (const [text, grounds] of TEXT)
      for (const ground of grounds)
        it(`${theme}: ${text} can be read on ${ground}`, () => {
          const ratio = contrast(colour(text, theme), colour(ground, theme))
          assert.ok(ratio >= 4.5, `${ratio.toFixed(2)} is below 4.5`)
        })
    for (const graphic of GRAPHICS)
      it(`${theme}: ${graphic} is seen on surface`, () => {
        const ratio = contrast(colour(graphic, theme), colour('surface', theme))
        assert.ok(ratio >= 3, `${ratio.toFixed(2)} is below 3`)
      })
    it(`${theme}: all lie within sRGB`, () => {
      for (const [, token = ''] of css.matchAll(/--([\w-]+): light-dark\(oklch\([\d. ]+\),/g))
        for (const channel of colour(token, theme))
          assert.ok(channel > -0.002 && channel < 1.002, `--${token} has a channel of ${channel}`)
    })
  }
})
