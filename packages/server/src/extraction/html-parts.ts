/** The parts that read a web page and write Markdown, as far as they are used here: the types that they have want a browser's. */

import { createRequire } from 'node:module'

/** A node of a page. `nodeType` 1 is an element, 3 a text. */
export interface PageNode {
  readonly nodeType: number
  readonly nodeName: string
  readonly nodeValue: string | null
  readonly childNodes: ArrayLike<PageNode>
  readonly parentNode: PageNode | null
  readonly textContent: string | null
}

export interface PageElement extends PageNode {
  getAttribute(name: string): string | null
  setAttribute(name: string, value: string): void
  removeAttribute(name: string): void
}

export interface Page extends PageNode {
  readonly body: PageElement
  querySelectorAll(selector: string): ArrayLike<PageElement>
}

/** @param content the Markdown of what is inside */
type Replacement = (content: string, node: PageElement) => string

interface MarkdownRule {
  readonly filter: string | readonly string[] | ((node: PageElement) => boolean)
  readonly replacement: Replacement
}

export interface MarkdownWriter {
  addRule(name: string, rule: MarkdownRule): MarkdownWriter
  remove(names: readonly string[]): MarkdownWriter
  turndown(node: PageNode): string
}

const require = createRequire(import.meta.url)

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what it is stands in its documentation
const { createDocument } = require('@mixmark-io/domino') as { createDocument: (html: string, force: boolean) => Page }

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same
const Turndown = require('turndown') as new (options: Readonly<Record<string, string>>) => MarkdownWriter

/** Never throws for what is no page: browsers read anything, too. */
export function readPage(html: string): Page {
  return createDocument(html, true)
}

export function markdownWriter(): MarkdownWriter {
  return new Turndown({
    headingStyle: 'atx',
    bulletListMarker: '-',
    codeBlockStyle: 'fenced',
    emDelimiter: '*',
    hr: '---',
  })
}
