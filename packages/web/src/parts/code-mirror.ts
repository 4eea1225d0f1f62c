/** CodeMirror as this page uses it: JSON, folding, marks of what is no JSON. Loaded when an editor is first opened. */

import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands'
import { json, jsonParseLinter } from '@codemirror/lang-json'
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  HighlightStyle,
  indentOnInput,
  syntaxHighlighting,
} from '@codemirror/language'
import { linter } from '@codemirror/lint'
import { EditorState } from '@codemirror/state'
import { drawSelection, EditorView, keymap, lineNumbers } from '@codemirror/view'
import { tags } from '@lezer/highlight'

export interface EditorOptions {
  readonly text: string
  readonly label: string
  readonly nonce: string
  readonly changed: (text: string) => void
}

export interface MountedEditor {
  readonly setText: (text: string) => void
  readonly destroy: () => void
}

const COLOURS = HighlightStyle.define([
  { tag: tags.propertyName, color: 'var(--earth-ink)' },
  { tag: tags.string, color: 'var(--tool-ink)' },
  { tag: [tags.number, tags.bool, tags.null], color: 'var(--seam-ink)' },
  { tag: tags.punctuation, color: 'var(--ink-3)' },
])

const LOOKS = EditorView.theme({
  '&': { backgroundColor: 'var(--surface)', color: 'var(--ink)', fontSize: '12.5px' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '19px' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--ink-3)', border: '0' },
  '.cm-activeLineGutter, .cm-activeLine': { backgroundColor: 'var(--hover)' },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '&.cm-focused': { outline: 'none' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': {
    backgroundColor: 'color-mix(in oklab, var(--earth) 22%, transparent)',
  },
  '.cm-tooltip': { backgroundColor: 'var(--surface)', border: '1px solid var(--line)', borderRadius: '6px' },
})

export function mountEditor(parent: HTMLElement, { text, label, nonce, changed }: EditorOptions): MountedEditor {
  let quiet = false
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        ...(nonce === '' ? [] : [EditorView.cspNonce.of(nonce)]),
        lineNumbers(),
        foldGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        closeBrackets(),
        json(),
        linter(jsonParseLinter()),
        syntaxHighlighting(COLOURS),
        LOOKS,
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({ 'aria-label': label }),
        keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...foldKeymap, indentWithTab]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged && !quiet) changed(update.state.doc.toString())
        }),
      ],
    }),
  })
  return {
    setText: (next) => {
      const before = view.state.doc.toString()
      if (next === before) return
      quiet = true
      view.dispatch({ changes: { from: 0, to: before.length, insert: next } })
      quiet = false
    },
    destroy: () => view.destroy(),
  }
}
