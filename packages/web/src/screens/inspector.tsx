/** The inspector: settings as a form or as JSON, and the API tab. Beside the conversation, or in a sheet over it. */

import { lazy, memo, Suspense, useEffect, useState } from 'react'
import { change, readSettings, type ToolForm } from '../request/settings.ts'
import { IconButton } from '../parts/button.tsx'
import { Segments } from '../parts/controls.tsx'
import { SettingsForm } from '../parts/inspector/settings-form.tsx'
import { Tabs, TabList, TabPanel } from '../parts/tabs.tsx'
import { useWords } from '../parts/use-words.ts'
import type { Desk } from './desk.ts'
import { useFixedValues } from './use-fixed-values.ts'

const ApiTab = lazy(() => import('./api-tab.tsx'))
const RequestJson = lazy(() => import('../parts/inspector/request-json.tsx'))
const SchemaEditor = lazy(() => import('../parts/inspector/schema-editor.tsx'))
const ToolDialog = lazy(() => import('../parts/inspector/tool-dialog.tsx'))

export type InspectorTab = 'settings' | 'api'

interface InspectorProps {
  readonly desk: Desk
  readonly tab: InspectorTab
  readonly setTab: (tab: InspectorTab) => void
  readonly close?: () => void
  readonly keyName: string
  readonly changeKey: () => void
  readonly spelling: string
  readonly setSpelling: (id: string) => void
  readonly codeSource: (source: string) => void
  /** Rises when the request is to be shown as JSON. */
  readonly jsonAsked?: number
}

/** While an answer comes, nothing of the form changes; the wire does, and only the API tab shows it. */
function same(before: InspectorProps, after: InspectorProps): boolean {
  const keys = Object.keys(after).filter((key): key is keyof InspectorProps => key !== 'desk')
  const one = before.desk
  const other = after.desk
  return (
    keys.every((key) => before[key] === after[key]) &&
    one.request === other.request &&
    one.settings === other.settings &&
    one.begin === other.begin &&
    one.detach === other.detach &&
    one.models === other.models &&
    one.tools === other.tools &&
    (after.tab !== 'api' || one.wire === other.wire)
  )
}

export const Inspector = memo(function Inspector(props: InspectorProps) {
  const { desk, tab, setTab, close } = props
  const { say } = useWords()
  const [as, setAs] = useState<'form' | 'json'>('form')
  const { jsonAsked = 0 } = props
  useEffect(() => {
    if (jsonAsked > 0) setAs('json')
  }, [jsonAsked])
  const tabs = [
    { value: 'settings' as const, says: say('settings') },
    { value: 'api' as const, says: say('api') },
  ]
  return (
    <Tabs className="inspector-root" value={tab} tabs={tabs} choose={setTab}>
      <section className="inspector" aria-label={say('inspector')} data-tab={tab}>
        <div className="bar">
          <TabList label={say('inspector')} tabs={tabs} />
          <span className="space" />
          {tab === 'settings' && (
            <Segments
              label={say('settings')}
              value={as}
              segments={[
                { value: 'form', says: say('form') },
                { value: 'json', says: say('json') },
              ]}
              choose={setAs}
            />
          )}
          {close !== undefined && <IconButton icon="cross" label={say('close')} onClick={close} />}
        </div>
        <TabPanel value="settings" className={as === 'json' ? 'pane flush' : 'pane'}>
          {as === 'form' ? (
            <Settings {...props} showJson={() => setAs('json')} />
          ) : (
            <Suspense>
              <RequestJson request={desk.request} set={desk.acts.setRequest} />
            </Suspense>
          )}
        </TabPanel>
        <TabPanel value="api" className="pane">
          <Suspense>
            <ApiTab
              desk={desk}
              spelling={props.spelling}
              setSpelling={props.setSpelling}
              codeSource={props.codeSource}
            />
          </Suspense>
        </TabPanel>
      </section>
    </Tabs>
  )
}, same)

function Settings({ desk, keyName, changeKey, showJson }: InspectorProps & { readonly showJson: () => void }) {
  const { acts, settings } = desk
  const [editing, setEditing] = useState<ToolForm | 'new' | null>(null)
  const form = readSettings(settings)
  const fixed = useFixedValues(form.model, form.thinking)
  const replaced = (tools: readonly ToolForm[]): void => acts.setSettings(change.tools(settings, tools))
  const tool = editing === 'new' ? null : editing
  return (
    <>
      <SettingsForm
        request={settings}
        set={acts.setSettings}
        models={desk.models}
        fixed={fixed}
        begin={desk.begin}
        setBegin={acts.setBegin}
        detach={desk.detach}
        setDetach={acts.setDetach}
        toolState={(name) => {
          const { on, example } = acts.tool(name)
          return { on, byExample: example !== '' }
        }}
        turnTool={(name, on) => acts.setTool(name, { on })}
        editTool={(next) => setEditing(next ?? 'new')}
        keyName={keyName}
        changeKey={changeKey}
        showJson={showJson}
        schemaEditor={
          <Suspense>
            <SchemaEditor schema={form.schema} set={(schema) => acts.setSettings(change.schema(settings, schema))} />
          </Suspense>
        }
      />
      {editing !== null && (
        <Suspense>
          <ToolDialog
            tool={tool}
            example={tool === null ? '' : acts.tool(tool.name).example}
            taken={form.tools.map(({ name }) => name)}
            close={() => setEditing(null)}
            remove={() => {
              replaced(form.tools.filter((one) => one !== tool && one.name !== tool?.name))
              setEditing(null)
            }}
            save={(saved, example) => {
              const others = form.tools.filter(({ name }) => name !== tool?.name)
              replaced(
                tool === null
                  ? [...form.tools, saved]
                  : form.tools.map((one) => (one.name === tool.name ? saved : one)),
              )
              acts.setTool(saved.name, { example, ...(others.length === form.tools.length ? { on: true } : {}) })
              setEditing(null)
            }}
          />
        </Suspense>
      )}
    </>
  )
}
