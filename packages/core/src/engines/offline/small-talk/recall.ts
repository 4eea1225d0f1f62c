/** What was said before in this conversation: the one thing an engine without a model can truly remember. */

import type { Conversation } from '../conversation.ts'
import type { Decision } from '../decision.ts'
import { shorten } from '../shorten.ts'

const MOST_QUOTED = 12
const LONGEST_QUOTE = 200

export function answerRecall(conversation: Conversation): Decision | undefined {
  const asked = conversation.asked.slice(0, 1000)
  return toldAboutUser(asked, conversation) ?? saidEarlier(asked, conversation)
}

/** "My name is Ada" … "What is my name?" */
function toldAboutUser(asked: string, { earlier }: Conversation): Decision | undefined {
  const thing =
    /\b(?:what(?:['’]s| is| was| are)|do you (?:remember|know|recall)|tell me|remind me(?: of)?|recall)\s+(?:again\s+)?my ([\p{L} '-]{2,40}?)(?:\s+(?:again|is|was))?\s*[?.!]*$/iu.exec(
      asked,
    )?.[1] ?? (/\bwho am i\b/i.test(asked) ? 'name' : undefined)
  if (thing === undefined || /\b(?:message|question|first|last|previous)\b/i.test(thing)) return undefined
  const known = earlier
    .filter(({ role }) => role === 'user')
    .map(({ text }) => valueTold(text, thing))
    .findLast((value) => value !== undefined)
  const shown = thing.trim().toLowerCase()
  if (known === undefined) {
    return {
      thought: `I look for the user's ${shown} in the conversation and find nothing.`,
      text: `You have not told me your ${shown} in this conversation.`,
    }
  }
  return {
    thought: `The user told me earlier: ${shown} is “${known}”.`,
    text: `Your ${shown} is ${known}, as you told me earlier in this conversation.`,
    core: known,
  }
}

function valueTold(text: string, thing: string): string | undefined {
  const name = thing.trim().replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
  const leads = /^(?:full |first )?name$/i.test(thing.trim())
    ? `\\bmy ${name}(?:['’]s| is| was)|\\bcall me|\\bi am called|\\bi['’]m|\\bi am`
    : `\\bmy ${name}(?:['’]s| is| was| are)`
  const value = new RegExp(`(?:${leads})\\s+([^.,;!?\\n]{1,80}?)(?=\\s+and\\s+(?:my|i)\\b|[.,;!?\\n]|$)`, 'iu').exec(
    text,
  )?.[1]
  return value?.trim()
}

function saidEarlier(asked: string, { earlier }: Conversation): Decision | undefined {
  const mine = earlier.filter(({ role }) => role === 'user')
  const yours = earlier.filter(({ role }) => role === 'assistant')
  if (
    /\b(?:my|the) (?:very )?first (?:message|question|request|thing i (?:said|asked))|what did i (?:first (?:say|ask|tell)|(?:say|ask|tell)(?: to)?(?: you)? first)\b/i.test(
      asked,
    )
  ) {
    return quoteOne('Your first message', mine[0]?.text)
  }
  if (
    /\bmy (?:last|previous) (?:message|question|request)|what did i (?:just )?(?:say|ask)(?: (?:you|before|earlier|last|just now))*\s*\?/i.test(
      asked,
    )
  ) {
    return quoteOne('Your last message before this one', mine.at(-1)?.text)
  }
  if (
    /\bwhat did you (?:just )?say|\byour (?:last|previous) (?:answer|message|reply)\b|^(?:repeat|say) that(?: again)?\b/i.test(
      asked,
    )
  ) {
    return quoteOne('My last message', yours.at(-1)?.text)
  }
  if (
    /\b(?:summari[sz]e|list|recap|repeat|recall)\b[^.?!]{0,40}\b(?:conversation|chat|messages|we (?:said|discussed|talked)|i (?:said|asked|told))|what (?:have|did) (?:we|i)[^.?!]{0,20}(?:talk|discuss|said|say|told|tell)/i.test(
      asked,
    )
  ) {
    return quoteAll(earlier)
  }
  return undefined
}

function quoteOne(what: string, text: string | undefined): Decision {
  if (text === undefined) {
    return {
      thought: 'I look back and there is nothing before this message.',
      text: 'This conversation starts with your message: nothing was said before it.',
    }
  }
  return {
    thought: 'I can look that up in the conversation.',
    text: `${what} was: “${shorten(text, LONGEST_QUOTE)}”`,
    core: shorten(text, LONGEST_QUOTE),
  }
}

function quoteAll(earlier: Conversation['earlier']): Decision {
  if (earlier.length === 0) return quoteOne('', undefined)
  const left = earlier.length - MOST_QUOTED
  const lines = earlier
    .slice(-MOST_QUOTED)
    .map(({ role, text }) => `- ${role === 'user' ? 'You' : 'I'}: “${shorten(text, LONGEST_QUOTE)}”`)
  const head = left > 0 ? `Before these, ${left} more messages were exchanged.\n` : ''
  return {
    thought: 'The conversation so far is all here, so I list it.',
    text: `So far in this conversation:\n${head}${lines.join('\n')}`,
  }
}
