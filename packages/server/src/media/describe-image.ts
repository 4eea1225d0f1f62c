/** What can be measured of an image: its size and the names of its main colours. */

import type { ImageDescription } from '@moonbase/core/engines/offline'

/** Pixels of an image that is still opened: past any camera, far below what a decompression bomb claims. */
const MAXIMUM_PIXELS = 128 * 1024 * 1024
/** Colours are counted on a picture of this many pixels a side. */
const SAMPLE_SIDE = 48
/** A colour that covers less than this share is not a main one. */
const MINIMUM_SHARE = 0.08
/** Below this, a pixel shows what is behind the image, not the image. */
const MINIMUM_ALPHA = 64

const COLOURS: readonly (readonly [name: string, red: number, green: number, blue: number])[] = [
  ['black', 0, 0, 0],
  ['dark grey', 70, 70, 70],
  ['grey', 128, 128, 128],
  ['light grey', 200, 200, 200],
  ['white', 255, 255, 255],
  ['red', 220, 30, 30],
  ['dark red', 120, 10, 20],
  ['orange', 245, 140, 20],
  ['brown', 130, 80, 40],
  ['beige', 230, 210, 175],
  ['yellow', 250, 225, 40],
  ['olive', 128, 128, 20],
  ['green', 40, 170, 60],
  ['dark green', 10, 80, 30],
  ['turquoise', 60, 210, 200],
  ['light blue', 140, 195, 245],
  ['blue', 30, 80, 220],
  ['dark blue', 15, 25, 110],
  ['purple', 130, 50, 170],
  ['pink', 250, 150, 190],
]

/** Rejects for bytes that are no image that can be opened, and for images of too many pixels. */
export async function describeImage({ base64 }: { readonly base64: string }): Promise<ImageDescription> {
  // Loaded with the first image: a server that never sees one starts without it.
  const { default: sharp } = await import('sharp')
  const image = sharp(Buffer.from(base64, 'base64'), { limitInputPixels: MAXIMUM_PIXELS })
  const { autoOrient } = await image.metadata()
  const { data } = await image
    .autoOrient()
    .resize(SAMPLE_SIDE, SAMPLE_SIDE, { fit: 'fill', kernel: 'nearest' })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: autoOrient.width, height: autoOrient.height, colours: mainColours(data) }
}

/** `pixels` holds red, green, blue and alpha of each. The most common colour comes first. */
function mainColours(pixels: Uint8Array): string[] {
  const counts = new Map<string, number>()
  let visible = 0
  for (let at = 0; at + 3 < pixels.length; at += 4) {
    if ((pixels[at + 3] ?? 0) < MINIMUM_ALPHA) continue
    const name = nearestColour(pixels[at] ?? 0, pixels[at + 1] ?? 0, pixels[at + 2] ?? 0)
    counts.set(name, (counts.get(name) ?? 0) + 1)
    visible += 1
  }
  return [...counts]
    .filter(([, count]) => count >= visible * MINIMUM_SHARE)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name]) => name)
}

/** By distance in RGB, with green weighing most, as eyes do. */
function nearestColour(red: number, green: number, blue: number): string {
  let nearest = ''
  let least = Infinity
  for (const [name, r, g, b] of COLOURS) {
    const distance = 2 * (red - r) ** 2 + 4 * (green - g) ** 2 + 3 * (blue - b) ** 2
    if (distance < least) [nearest, least] = [name, distance]
  }
  return nearest
}
