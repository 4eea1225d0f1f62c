/** A web page as Markdown, or as plain text: what a person would read of it, without what only a browser needs. */

import { type Page, type PageElement, type PageNode, markdownWriter, readPage } from './html-parts.ts'

export interface HtmlWishes {
  readonly format: 'markdown' | 'text'
  /** What relative links are relative to: a host, or an address. */
  readonly base?: string
  /** Only what this CSS selector finds. */
  readonly selector?: string
}

/** Throws for a selector that is none, and for a page that is nested too deeply to be walked. */
export function htmlToMarkdown(html: string, { format, base, selector }: HtmlWishes): string {
  const page = readPage(html)
  const found = selector === undefined ? [page.body] : Array.from(page.querySelectorAll(selector))
  if (format === 'text') return found.map(plainText).join('\n\n').trim()
  mendAddresses(page, base)
  const writer = writerOf()
  return found
    .map((node) => writer.turndown(node))
    .join('\n\n')
    .trim()
}

/** What is not there for readers. */
const UNREAD = [
  'script',
  'style',
  'noscript',
  'template',
  'iframe',
  'object',
  'svg',
  'canvas',
  'head',
  'title',
] as const

function writerOf() {
  return markdownWriter()
    .remove(UNREAD)
    .addRule('struck', { filter: ['del', 's', 'strike'], replacement: (content) => `~~${content}~~` })
    .addRule('cell', { filter: ['th', 'td'], replacement: (content, cell) => cellOf(content, cell) })
    .addRule('row', { filter: 'tr', replacement: (content, row) => rowOf(content, row) })
    .addRule('table', { filter: 'table', replacement: (content) => `\n\n${content.trim()}\n\n` })
    .addRule('parts of a table', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content })
}

/** A cell is one line, and a bar in it is not the end of it. */
function cellOf(content: string, cell: PageElement): string {
  const line = content
    .trim()
    .replace(/\s*\n\s*/g, ' ')
    .replaceAll('|', '\\|')
  return `${indexOf(cell) === 0 ? '| ' : ' '}${line} |`
}

/** The first row of a table is its head, whatever it is called: Markdown has no table without. */
function rowOf(content: string, row: PageElement): string {
  if (!isFirstRow(row)) return `\n${content}`
  const columns = elementsOf(row).length
  return `\n${content}\n|${' --- |'.repeat(columns)}`
}

function isFirstRow(row: PageNode): boolean {
  const parent = row.parentNode
  if (parent === null || indexOf(row) > 0) return false
  return (
    parent.nodeName === 'TABLE' || elementsOf(parent.parentNode).find((part) => PARTS.has(part.nodeName)) === parent
  )
}

const PARTS: ReadonlySet<string> = new Set(['THEAD', 'TBODY', 'TFOOT'])

function elementsOf(node: PageNode | null): PageNode[] {
  return node === null ? [] : Array.from(node.childNodes).filter(({ nodeType }) => nodeType === ELEMENT)
}

function indexOf(node: PageNode): number {
  return elementsOf(node.parentNode).indexOf(node)
}

/** Relative addresses are made whole; a picture inside the page is bytes, which nobody reads as text. */
function mendAddresses(page: Page, base: string | undefined): void {
  const resolve = base === undefined ? undefined : resolver(base)
  for (const [selector, name] of ADDRESSES) {
    for (const element of Array.from(page.querySelectorAll(selector))) {
      const address = element.getAttribute(name) ?? ''
      if (/^\s*data:/i.test(address)) element.removeAttribute(name)
      else if (resolve !== undefined) element.setAttribute(name, resolve(address))
    }
  }
}

const ADDRESSES = [
  ['a[href]', 'href'],
  ['img[src]', 'src'],
] as const

function resolver(base: string): (address: string) => string {
  const whole = /^https?:\/\//i.test(base) ? base : `https://${base}`
  return (address) => URL.parse(address, whole)?.href ?? address
}

const ELEMENT = 1
const TEXT = 3
const BLOCKS: ReadonlySet<string> = new Set(
  'ADDRESS ARTICLE ASIDE BLOCKQUOTE BR DD DIV DL DT FIGCAPTION FIGURE FOOTER H1 H2 H3 H4 H5 H6 HEADER HR LI MAIN NAV OL P PRE SECTION TABLE TR UL'.split(
    ' ',
  ),
)
const UNREAD_NAMES: ReadonlySet<string> = new Set(UNREAD.map((name) => name.toUpperCase()))

/** The text of a page in lines, as it is laid out. Walked without recursion: a page may be as deep as it likes. */
function plainText(root: PageNode): string {
  let text = ''
  const left: (PageNode | '\n')[] = [root]
  for (let node = left.pop(); node !== undefined; node = left.pop()) {
    if (node === '\n') text += node
    else if (node.nodeType === TEXT) text += (node.nodeValue ?? '').replace(/\s+/g, ' ')
    else if (node.nodeType === ELEMENT && !UNREAD_NAMES.has(node.nodeName)) {
      const isBlock = BLOCKS.has(node.nodeName)
      if (isBlock) text += '\n'
      if (isBlock) left.push('\n')
      left.push(...Array.from(node.childNodes).toReversed())
    }
  }
  return text
    .replace(/ *\n */g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/ {2,}/g, ' ')
}
