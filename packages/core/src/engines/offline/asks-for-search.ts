/** Whether a message asks for something to be looked up in the world, and not in a file or in the message itself. */

export function asksForSearch(message: string): boolean {
  if (ABOUT_FILES.test(message)) return false
  return LOOKS_UP.test(message) || (IS_NEWS.test(message) && ASKS.test(message))
}

const LOOKS_UP =
  /(?:^|[.,;!?]\s*|\b(?:please|you|to|and|then)\s+)(?:search|google|browse|research|look\b[^.?!]{0,40}\bup|find (?:out|information|news|me))\b|\b(?:search for|online|internet|the web|the news)\b|搜索|搜一下|查一下|查找|查询|上网/i
/** What is of today is in no model. */
const IS_NEWS =
  /\b(?:latest|newest|news|current(?:ly)?|today|tonight|yesterday|this (?:week|month|year)|recent(?:ly)?|right now|who won|price of)\b|最新|新闻|今天|现在/i
const ASKS = /[?？]|^\s*(?:what|who|when|where|which|how|is|are|tell|give|show|latest)\b|告诉/i
const ABOUT_FILES = /\b(?:files?|folder|directory|code)\b/i
