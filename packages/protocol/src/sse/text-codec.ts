/** The platform's own UTF-8 decoder, typed here because this package takes no DOM and no Node types. */

/** The part of `TextDecoder` that is used. Broken sequences become U+FFFD, as the event-stream format asks. */
export interface Utf8Decoder {
  /** With `stream`, an unfinished character at the end of `bytes` waits for the next call. */
  decode(bytes: Uint8Array, options?: { readonly stream: boolean }): string
}

/** Every platform this package runs on has it: Node, browsers, Workers. */
declare const TextDecoder: new (label: string, options: { readonly ignoreBOM: boolean }) => Utf8Decoder

/** A decoder that leaves a byte order mark in the text: it would else swallow one at the start of every call. */
export function utf8Decoder(): Utf8Decoder {
  return new TextDecoder('utf-8', { ignoreBOM: true })
}
