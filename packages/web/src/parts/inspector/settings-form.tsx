/** The settings of a request as a form; each line is what the request says, and what is changed is said in it at once. */

import { useId, type ReactNode } from 'react'
import { change, readSettings, type AnswerAs, type RequestSettings, type ToolForm } from '../../request/settings.ts'
import { Button } from '../button.tsx'
import { Segments, Switch } from '../controls.tsx'
import { Icon } from '../icon.tsx'
import { Choices, type Choice } from '../menu.tsx'
import { useWords } from '../use-words.ts'
import { NumberField } from './number-field.tsx'
import { Stops } from './stops.tsx'

export interface ModelShown {
  readonly name: string
  readonly longestDefault: number
  readonly longestMost: number
  /** Whether thinking can be turned off and on. */
  readonly thinking: 'switch' | 'always' | 'never'
  readonly engines: readonly string[]
}

export interface FixedValue {
  readonly name: string
  readonly value: string
}

interface ToolState {
  readonly on: boolean
  readonly byExample: boolean
}

interface SettingsFormProps {
  readonly request: RequestSettings
  readonly set: (request: RequestSettings) => void
  readonly models: readonly ModelShown[]
  readonly fixed: readonly FixedValue[]
  readonly begin: string
  readonly setBegin: (begin: string) => void
  readonly detach: boolean
  readonly setDetach: (on: boolean) => void
  readonly toolState: (name: string) => ToolState
  readonly turnTool: (name: string, on: boolean) => void
  readonly editTool: (tool: ToolForm | null) => void
  readonly keyName: string
  readonly changeKey: () => void
  readonly showJson: () => void
  /** The schema of the answer, with its own editor. */
  readonly schemaEditor: ReactNode
  readonly more?: ReactNode
}

function Row({
  label,
  id,
  last = false,
  children,
}: {
  label: string
  id?: string
  last?: boolean
  children: ReactNode
}) {
  return (
    <div className={last ? 'row last' : 'row'}>
      {id === undefined ? <span className="name">{label}</span> : <label htmlFor={id}>{label}</label>}
      {children}
    </div>
  )
}

export function SettingsForm(props: SettingsFormProps) {
  const { request, set, models, fixed } = props
  const { say, format } = useWords()
  const id = useId()
  const form = readSettings(request)
  const model = models.find(({ name }) => name === form.model)
  const known: Choice<string>[] = models.map(({ name }) => ({ value: name, says: name }))
  const choices = model === undefined ? [{ value: form.model, says: form.model }, ...known] : known

  return (
    <>
      <Row label={say('model')} id={`${id}m`}>
        <Choices
          id={`${id}m`}
          label={say('model')}
          value={form.model}
          choices={choices}
          choose={(name) => set(change.model(request, name))}
        />
      </Row>
      {model !== undefined && model.engines.length > 0 && (
        <Row label={say('engine')}>
          <span className="cut">
            {say('asRouted')} <span className="dim">{model.engines.join(format.language === 'zh' ? '、' : ', ')}</span>
          </span>
        </Row>
      )}
      <Row label={say('thinking0')} id={`${id}t`}>
        <Switch
          id={`${id}t`}
          label={say('thinking0')}
          on={form.thinking}
          disabled={model !== undefined && model.thinking !== 'switch'}
          turn={(on) => set(change.thinking(request, on))}
        />
      </Row>
      <Row label={say('longestAnswer')} id={`${id}l`}>
        <NumberField
          id={`${id}l`}
          value={form.longest}
          otherwise={model?.longestDefault ?? 32_768}
          from={1}
          to={model?.longestMost ?? 262_144}
          unit={say('tokensUnit')}
          change={(tokens) => set(change.longest(request, tokens))}
        />
      </Row>
      <Row label={say('answerAs')}>
        <Segments<AnswerAs>
          label={say('answerAs')}
          value={form.answerAs}
          segments={[
            { value: 'text', says: say('answerText') },
            { value: 'json', says: say('answerJson') },
            { value: 'schema', says: say('answerSchema') },
          ]}
          choose={(kind) => set(change.answerAs(request, kind))}
        />
      </Row>
      {form.answerAs === 'schema' && props.schemaEditor}
      <Row label={say('stopAt')}>
        <Stops stops={form.stops} change={(stops) => set(change.stops(request, stops))} />
      </Row>
      <Row label={say('beginWith')} id={`${id}b`}>
        <span className="field-box middle">
          <input
            id={`${id}b`}
            value={props.begin}
            placeholder={say('nothing')}
            onChange={(event) => props.setBegin(event.target.value)}
          />
        </span>
      </Row>

      <div className="heading-row">
        <h2>{say('tools')}</h2>
        {form.tools.length > 0 && <span className="dim number">{format.count(form.tools.length)}</span>}
        <Button kind="quiet" small icon="plus" onClick={() => props.editTool(null)}>
          {say('add')}
        </Button>
      </div>
      {form.tools.length === 0 && <p className="hint">{say('toolsNone')}</p>}
      {form.tools.map((tool) => {
        const { on, byExample } = props.toolState(tool.name)
        return (
          <div className="row" key={tool.name}>
            <Icon name="wrench" />
            <button type="button" className="tool-name" onClick={() => props.editTool(tool)}>
              <code>{tool.name}</code> <span className="dim">{say(byExample ? 'toolByExample' : 'toolByHand')}</span>
            </button>
            <Switch label={say('toolOn', tool.name)} on={on} turn={(next) => props.turnTool(tool.name, next)} />
          </div>
        )
      })}

      {fixed.length > 0 && (
        <>
          <div className="heading-row">
            <h2>{say('fixedByModel')}</h2>
            <Icon name="lock" />
          </div>
          <div className="fixed-values">
            <p>{say('fixedWhy')}</p>
            <dl>
              {fixed.map(({ name, value }) => (
                <FixedLine key={name} name={name} value={value} />
              ))}
            </dl>
          </div>
        </>
      )}

      <div className="heading-row">
        <h2>{say('connection')}</h2>
      </div>
      <Row label={say('stream')} id={`${id}s`}>
        <Switch id={`${id}s`} label={say('stream')} on={form.streams} turn={(on) => set(change.streams(request, on))} />
      </Row>
      <Row label={say('detach')} id={`${id}d`}>
        <Switch id={`${id}d`} label={say('detach')} on={props.detach} turn={props.setDetach} />
      </Row>
      <Row label={say('key')} last>
        <button type="button" className="pick" onClick={props.changeKey}>
          <span className="cut">{props.keyName === '' ? say('enterKey') : props.keyName}</span>
        </button>
      </Row>
      {form.others.length > 0 && (
        <button type="button" className="hint link" onClick={props.showJson}>
          {say('moreInJson', form.others.length)}
        </button>
      )}
      {props.more}
    </>
  )
}

function FixedLine({ name, value }: FixedValue) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </>
  )
}
