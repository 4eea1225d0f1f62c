/** An answer that was asked for as JSON: a tree that folds, the text as it came beside it, and marks where it does not fit. */

import { useMemo, useState } from 'react'
import type { Fault } from '../../conversation/index.ts'
import { CopyButton } from '../button.tsx'
import { Segments } from '../controls.tsx'
import { useWords } from '../use-words.ts'
import { CodeBlock } from './code-block.tsx'

/** Beyond this a level begins folded. */
const OPEN_DEPTH = 3
const MOST_CHILDREN = 200

interface NodeProps {
  readonly name: string | null
  readonly value: unknown
  readonly path: string
  readonly depth: number
  readonly wrong: ReadonlySet<string>
}

function Name({ name }: { readonly name: string | null }) {
  return name === null ? null : (
    <>
      <span className="code-name">{JSON.stringify(name)}</span>:{' '}
    </>
  )
}

function Leaf({ value }: { readonly value: unknown }) {
  if (typeof value === 'string') return <span className="code-string">{JSON.stringify(value)}</span>
  return <span className="code-number">{JSON.stringify(value)}</span>
}

function Node({ name, value, path, depth, wrong }: NodeProps) {
  const bad = wrong.has(path) || undefined
  if (typeof value !== 'object' || value === null)
    return (
      <div className="leaf" id={`place-${path}`} data-wrong={bad}>
        <Name name={name} />
        <Leaf value={value} />
      </div>
    )
  const list = Array.isArray(value)
  const entries: [string, unknown][] = Object.entries(value)
  const [begin, end] = list ? ['[', ']'] : ['{', '}']
  return (
    <details open={depth < OPEN_DEPTH} id={`place-${path}`} data-wrong={bad}>
      <summary>
        <Name name={name} />
        {begin}
        <span className="dim"> {entries.length} </span>
        {end}
      </summary>
      {entries.slice(0, MOST_CHILDREN).map(([key, child]) => (
        <div key={key}>
          <Node
            name={list ? null : key}
            value={child}
            path={`${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`}
            depth={depth + 1}
            wrong={wrong}
          />
        </div>
      ))}
    </details>
  )
}

function parsed(text: string): { readonly value: unknown } | null {
  try {
    const value: unknown = JSON.parse(text)
    return { value }
  } catch {
    return null
  }
}

export function JsonAnswer({ text, faults }: { readonly text: string; readonly faults: readonly Fault[] }) {
  const { say } = useWords()
  const [shown, setShown] = useState<'tree' | 'text'>('tree')
  const whole = useMemo(() => parsed(text), [text])
  const wrong = useMemo(() => new Set(faults.map(({ path }) => path)), [faults])
  const tree = whole !== null && shown === 'tree'
  return (
    <div className="code">
      <header>
        <span>{whole === null ? say('notJson') : say('json')}</span>
        {whole !== null && (
          <Segments
            label={say('answerAs')}
            value={shown}
            segments={[
              { value: 'tree', says: say('asTree') },
              { value: 'text', says: say('asText') },
            ]}
            choose={setShown}
          />
        )}
        <CopyButton text={() => text} />
      </header>
      {tree ? (
        <div className="json-tree">
          <Node name={null} value={whole.value} path="" depth={0} wrong={wrong} />
        </div>
      ) : (
        <CodeBlock pieces={[text]} lines={1} language="json" plain />
      )}
    </div>
  )
}
