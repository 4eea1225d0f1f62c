/** On the wire: the request as it was sent, the response as it came, and the events between. */

import { useState } from 'react'
import { CopyButton, IconButton } from '../button.tsx'
import { CodeBlock } from '../answer/code-block.tsx'
import { Segments } from '../controls.tsx'
import { useWords } from '../use-words.ts'
import { EventsView } from './events.tsx'
import type { HeaderShown, WireDownloads, WireShown } from '../../wire/wire-shown.ts'

function Headers({ headers }: { readonly headers: readonly HeaderShown[] }) {
  return (
    <dl className="headers">
      {headers.map(({ name, value, meaning }) => (
        <HeaderLine key={name} name={name} value={value} {...(meaning === undefined ? {} : { meaning })} />
      ))}
    </dl>
  )
}

function HeaderLine({ name, value, meaning }: HeaderShown) {
  return (
    <>
      <dt>{name}</dt>
      <dd>
        {value}
        {meaning !== undefined && <small>{meaning}</small>}
      </dd>
    </>
  )
}

function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

function Body({ text }: { readonly text: string }) {
  const shown = pretty(text)
  return (
    <div className="code wire-body">
      <header>
        <span>json</span>
        <CopyButton text={() => text} />
      </header>
      <CodeBlock pieces={[shown]} lines={1} language="json" plain />
    </div>
  )
}

interface WireProps {
  readonly wire: WireShown | null
  readonly downloads: WireDownloads
}

type Shown = 'request' | 'response' | 'events'

export function Wire({ wire, downloads }: WireProps) {
  const { say } = useWords()
  const [shown, setShown] = useState<Shown>('events')
  return (
    <>
      <div className="wire-head">
        <h2>{say('onTheWire')}</h2>
        {wire !== null && (
          <Segments<Shown>
            label={say('onTheWire')}
            value={shown}
            segments={[
              { value: 'request', says: say('request') },
              { value: 'response', says: say('response') },
              { value: 'events', says: say('events') },
            ]}
            choose={setShown}
          />
        )}
        {wire !== null && <span className="sums">{say('sums', wire.events.length, wire.bytes, wire.ms)}</span>}
        {wire !== null && (
          <>
            <IconButton icon="save" label=".sse" small onClick={downloads.sse} />
            <IconButton icon="code" label=".har" small onClick={downloads.har} />
          </>
        )}
      </div>
      {wire === null && <p className="hint">{say('nothingOnWire')}</p>}
      {wire !== null && shown === 'request' && (
        <>
          <p className="wire-line">
            {wire.method} {wire.address}
          </p>
          <Headers headers={wire.requestHeaders} />
          <Body text={wire.requestBody} />
        </>
      )}
      {wire !== null && shown === 'response' && (
        <>
          <p className="wire-line">{wire.status ?? '…'}</p>
          <Headers headers={wire.responseHeaders} />
          {wire.responseBody !== '' && <Body text={wire.responseBody} />}
        </>
      )}
      {wire !== null && shown === 'events' && <EventsView wire={wire} />}
    </>
  )
}
