/** The worker behind colours in code: highlight.js over ten languages, its scopes as ranges. */

import hljs from 'highlight.js/lib/core'
import bash from 'highlight.js/lib/languages/bash'
import css from 'highlight.js/lib/languages/css'
import go from 'highlight.js/lib/languages/go'
import javascript from 'highlight.js/lib/languages/javascript'
import json from 'highlight.js/lib/languages/json'
import python from 'highlight.js/lib/languages/python'
import rust from 'highlight.js/lib/languages/rust'
import sql from 'highlight.js/lib/languages/sql'
import typescript from 'highlight.js/lib/languages/typescript'
import yaml from 'highlight.js/lib/languages/yaml'
import type { ColourKind, ColourReply, ColourRequest, ColourSpan } from './colours.ts'

const LANGUAGES = { bash, css, go, javascript, json, python, rust, sql, typescript, yaml }
for (const [name, language] of Object.entries(LANGUAGES)) hljs.registerLanguage(name, language)
hljs.registerAliases(['shell', 'curl', 'console'], { languageName: 'bash' })

const KINDS: Readonly<Record<string, ColourKind>> = {
  keyword: 'keyword',
  literal: 'keyword',
  built_in: 'name',
  title: 'name',
  attr: 'name',
  attribute: 'name',
  string: 'string',
  regexp: 'string',
  symbol: 'string',
  comment: 'comment',
  number: 'number',
}

interface Node {
  readonly scope?: string
  readonly children: readonly (Node | string)[]
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'children' in value && Array.isArray(value.children)
}

/** The highlighter keeps its tree under a private name; a later version that has none simply colours nothing. */
function treeOf(result: object): Node | null {
  const emitter: unknown = '_emitter' in result ? result._emitter : null
  const root: unknown =
    typeof emitter === 'object' && emitter !== null && 'rootNode' in emitter ? emitter.rootNode : null
  return isNode(root) ? root : null
}

function spansOf(root: Node): ColourSpan[] {
  const spans: ColourSpan[] = []
  let at = 0
  const walk = (node: Node, kind: ColourKind | undefined): void => {
    for (const child of node.children) {
      if (typeof child !== 'string') {
        walk(child, KINDS[child.scope?.split('.')[0] ?? ''] ?? kind)
        continue
      }
      if (kind !== undefined) spans.push([at, at + child.length, kind])
      at += child.length
    }
  }
  walk(root, undefined)
  return spans
}

addEventListener('message', ({ data }: MessageEvent<ColourRequest>) => {
  const known = hljs.getLanguage(data.language) !== undefined
  const tree = known ? treeOf(hljs.highlight(data.text, { language: data.language, ignoreIllegals: true })) : null
  const reply: ColourReply = { id: data.id, spans: tree === null ? [] : spansOf(tree) }
  postMessage(reply)
})
