/** The part of a message that is meant as text for a tool: what to search for, what to say. */

const LONGEST = 500

/** "Search the web for X, please" is X; a message without such words is its own search phrase. */
export function searchPhrase(text: string): string {
  const asked = lastSentenceThatAsks(text)
  const phrase = asked
    .replace(/^(?:please|hey|hi|ok|kindly)[,\s]+/i, '')
    .replace(/^(?:can|could|would|will) you (?:please )?/i, '')
    .replace(/^(?:i (?:want|need|would like) (?:you )?to )/i, '')
    .replace(/^(?:use|call|run) (?:the )?[\w$`"'-]{1,64}(?: tool| function)?,? (?:to |and |for )?/i, '')
    .replace(
      /^(?:do a (?:web )?search|web search|search up|search|look up|lookup|find out|find|google|browse|research|query)\b\s*(?:(?:on |in |through )?(?:the )?(?:whole |entire )?(?:web|internet|database|knowledge base|docs?|documentation)\b)?\s*(?:for|about|on|:)?\s*/i,
      '',
    )
    .replace(/[\s,]*(?:please|for me|(?:on|in|from) the (?:web|internet)|online)(?=[.!?]*$)/gi, '')
    .replace(/[\s.!]+$/, '')
    .trim()
  return (phrase === '' ? text.trim() : phrase).slice(0, LONGEST)
}

function lastSentenceThatAsks(text: string): string {
  const sentences = text
    .split(/(?<=[.!?。！？])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '')
  return (
    sentences.find((sentence) => /\b(?:search|look up|find|google|browse|research)\b/i.test(sentence)) ??
    sentences[0] ??
    ''
  )
}

/** What stands behind "saying", "that says", "with the message", or behind a colon that announces it. */
export function spokenWords(text: string): string | undefined {
  const announced =
    /\b(?:saying|(?:that|which) (?:says|reads)|with the (?:message|text|words|content|body|subject|title)|(?:message|text|content|body|words|note|comment|title|subject)(?: is)?\s*:|following(?: \w+)?\s*:|to say)\s*[:,]?\s*(.{1,4000})/is.exec(
      text,
    )?.[1]
  if (announced === undefined) return undefined
  const quoted = /^(?:"([^"\n]+)"|“([^”\n]+)”|'([^'\n]+)')/.exec(announced.trim())
  const inner = quoted?.slice(1).find((group) => group !== undefined)
  return (inner ?? announced.trim().replace(/["'”]$/, '')).slice(0, LONGEST)
}
