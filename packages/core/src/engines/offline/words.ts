/** Words as the offline engine compares them: lower case, lightly stemmed, without the words that say nothing. */

/** Letters and digits of any script. Han text has no spaces, so there every two neighbours make a word. */
export function wordsOf(text: string): string[] {
  const words: string[] = []
  for (const [run] of text.toLowerCase().matchAll(/\p{Script=Han}+|(?:(?!\p{Script=Han})[\p{L}\p{N}])+/gu)) {
    if (!HAN.test(run) || run.length <= 2) words.push(run)
    else for (let index = 0; index + 2 <= run.length; index += 1) words.push(run.slice(index, index + 2))
  }
  return words
}

/** The words of a name in any case: `getWeather_by-city2` is get, weather, by, city2. */
export function wordsOfName(name: string): string[] {
  return wordsOf(name.replace(/(\p{Ll}|\p{N})(\p{Lu})/gu, '$1 $2').replace(/(\p{Lu}+)(\p{Lu}\p{Ll})/gu, '$1 $2'))
}

/** Stems of the words that say something. */
export function stemsOf(words: Iterable<string>): Set<string> {
  const stems = new Set<string>()
  for (const word of words) if (!isFiller(word)) stems.add(stemOf(word))
  return stems
}

const HAN = /^\p{Script=Han}/u

/** The same, without the words that any description uses. */
export function tellingStemsOf(words: Iterable<string>): Set<string> {
  return stemsOf([...words].filter((word) => !TECHNICAL.has(word)))
}

export function isFiller(word: string): boolean {
  return FILLERS.has(word)
}

/**
 * Cuts the common English endings, so that "searching", "searches" and "search" meet. It only has to be the same on
 * both sides of a comparison, not right.
 */
export function stemOf(word: string): string {
  if (word.length < 4 || !/^[a-z]+$/.test(word)) return word
  let stem = word.replace(/ies$/, 'y').replace(/(?<![su])s$/, '')
  if (stem.length > 5) stem = stem.replace(/(?:ations?|ators?|ating|ated)$/, 'at')
  if (stem.length > 4) stem = stem.replace(/(?:ing|ed|or)$/, '')
  stem = stem.replace(/([bdgmnprt])\1$/, '$1')
  return stem.length > 3 ? stem.replace(/(?:ch|sh|x|z)e$/, (end) => end.slice(0, -1)).replace(/e$/, '') : stem
}

const FILLERS: ReadonlySet<string> = new Set(
  (
    'a an the and or of in on at to for from with by is are am be been was were will would can could should shall may ' +
    'might must do does did has have had it its this that these those there here i you he she we they me him her us ' +
    'them my your our their his as if then than so but not no yes please tell give show let want need like what which ' +
    'who whom whose when where why how about into out up down over some any all each every other more most just only ' +
    'also very now new one s t m re ll ve d use uses using used eg ie etc via per such ' +
    '一个 什么 怎么 如何 请问 一下 这个 那个 可以 我们 你们 他们 使用'
  ).split(' '),
)

/** Words of every tool's description, which tell none from the other. */
const TECHNICAL: ReadonlySet<string> = new Set(
  (
    'tool tools function functions call calls user users return returns returned result results given current currently ' +
    'specific specified provided value values string number object optional required default based 调用 工具 函数 返回 用户 指定 当前'
  ).split(' '),
)
