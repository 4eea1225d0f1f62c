/**
 * How many tokens an image becomes: the resize rule of the model's vision processor (NaViT), without resizing anything.
 *
 * The rule treats width and height alike, so an EXIF orientation that swaps them changes nothing.
 * Source: `media_proc_cfg` and `navit_resize_image` of the K2.5 checkpoint.
 */

import type { ImageMeasure } from '../prompt.ts'

/** Pixels of a patch, a side. */
const PATCH = 14
/** Patches that one still image may hold before it is scaled down. */
const IMAGE_PATCHES = 16_384
/** Patches a side, after scaling. */
const PATCHES_A_SIDE = 512
/** Two by two patches are merged into one token. */
const PIXELS_OF_TOKEN = 2 * PATCH

/** Tokens between `<|media_content|>` and `<|media_end|>`. Takes a measure of at least one pixel a side. */
export function imageTokens(measure: ImageMeasure): number {
  return tokensWithin(IMAGE_PATCHES, measure)
}

/** The same rule at another limit of patches: frames of videos have less. */
export function tokensWithin(patches: number, { width, height }: ImageMeasure): number {
  // The order of the operations is the processor's: a rounding that falls the other way can cost a row of tokens.
  const fit = Math.sqrt(patches / (Math.max(1, Math.floor(width / PATCH)) * Math.max(1, Math.floor(height / PATCH))))
  const side = PATCHES_A_SIDE * PATCH
  const scale = Math.min(1, fit, side / width, side / height)
  return tokensOfSide(width, scale) * tokensOfSide(height, scale)
}

function tokensOfSide(pixels: number, scale: number): number {
  const scaled = Math.min(Math.max(1, Math.trunc(pixels * scale)), PATCHES_A_SIDE * PATCH)
  // What is left of the last token is padded with black.
  return Math.ceil(scaled / PIXELS_OF_TOKEN)
}
