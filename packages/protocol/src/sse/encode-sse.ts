/** Writes server-sent events. Source: WHATWG HTML, section 9.2.5; the frames are those of Moonshot's streams. */

/** The last event of a stream, and the only proof that it is complete. */
export const SSE_DONE = 'data: [DONE]\n\n'

/** `data: {json}` and a blank line. Text with line ends becomes one `data` line each, which a reader joins again. */
export function encodeSseData(json: string): string {
  return json.includes('\n') || json.includes('\r') ? `${prefixLines('data: ', json)}\n\n` : `data: ${json}\n\n`
}

/** A comment, which readers skip: keeps an idle connection open. */
export function encodeSseComment(text: string): string {
  return `${prefixLines(': ', text)}\n\n`
}

function prefixLines(prefix: string, text: string): string {
  return text
    .split(/\r\n|\n|\r/)
    .map((line) => prefix + line)
    .join('\n')
}
