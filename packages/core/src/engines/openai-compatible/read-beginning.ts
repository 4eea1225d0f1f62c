/** The beginning of a reply that is not worth reading to its end, such as an error's. */

/** At most `maxBytes` of text. What a broken connection left of it is good enough: its failure is not the story. */
export async function readBeginning(body: AsyncIterable<Uint8Array>, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let left = maxBytes
  const bytes = body[Symbol.asyncIterator]()
  while (left > 0) {
    const read = await nextOrEnd(bytes)
    if (read === undefined) return text + decoder.decode()
    text += decoder.decode(read.subarray(0, left), { stream: true })
    left -= read.length
  }
  await bytes.return?.()
  return text
}

async function nextOrEnd(bytes: AsyncIterator<Uint8Array>): Promise<Uint8Array | undefined> {
  try {
    const read = await bytes.next()
    return read.done === true ? undefined : read.value
  } catch {
    return undefined
  }
}
