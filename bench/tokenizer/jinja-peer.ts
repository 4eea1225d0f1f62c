/**
 * How a prompt is counted where there is no renderer of its own: a Jinja template to text, the text to ids.
 *
 * The template is written for this bench. It gives the text of the model's own for what the bench asks, and less than that
 * otherwise; the declaration of tools comes ready, as the model's own template gets it.
 */

import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

export interface JinjaTemplate {
  render(variables: Readonly<Record<string, unknown>>): string
}

/** `undefined` where it is not installed: it comes with node-llama-cpp, and nothing of ours needs it. */
export async function kimiJinja(): Promise<JinjaTemplate | undefined> {
  const load = createRequire(import.meta.url)
  let file: string
  try {
    file = createRequire(load.resolve('node-llama-cpp')).resolve('@huggingface/jinja')
  } catch {
    console.error('@huggingface/jinja is not installed')
    return undefined
  }
  const library: { readonly Template: new (source: string) => JinjaTemplate } = await import(pathToFileURL(file).href)
  return new library.Template(SOURCE)
}

const SOURCE = `
{%- set last = namespace(answer=-1) -%}
{%- for message in messages -%}
  {%- if message.role == 'assistant' and not message.toolCalls -%}{%- set last.answer = loop.index0 -%}{%- endif -%}
{%- endfor -%}
{%- if declaration -%}
  {{- '<|im_system|>tool_declare<|im_middle|>' + declaration + '<|im_end|>' -}}
{%- endif -%}
{%- for message in messages -%}
  {%- if message.role == 'user' or message.role == 'assistant' -%}
    {{- '<|im_' + message.role + '|>' -}}
  {%- else -%}
    {{- '<|im_system|>' -}}
  {%- endif -%}
  {{- message.role + '<|im_middle|>' -}}
  {%- if message.role == 'assistant' -%}
    {{- '<think>' -}}
    {%- if thinking and loop.index0 > last.answer and message.reasoning -%}{{- message.reasoning -}}{%- endif -%}
    {{- '</think>' -}}
  {%- elif message.role == 'tool' -%}
    {{- '## Return of ' + message.toolCallId + '\\n' -}}
  {%- endif -%}
  {%- if message.content is string -%}
    {{- message.content -}}
  {%- else -%}
    {%- for part in message.content -%}
      {%- if part.type == 'image' -%}
        {{- '<|media_begin|>image<|media_content|><|media_pad|><|media_end|>\\n' -}}
      {%- else -%}
        {{- part.text -}}
      {%- endif -%}
    {%- endfor -%}
  {%- endif -%}
  {%- if message.toolCalls -%}
    {{- '<|tool_calls_section_begin|>' -}}
    {%- for call in message.toolCalls -%}
      {{- '<|tool_call_begin|>' + call.id + '<|tool_call_argument_begin|>' + call.arguments + '<|tool_call_end|>' -}}
    {%- endfor -%}
    {{- '<|tool_calls_section_end|>' -}}
  {%- endif -%}
  {{- '<|im_end|>' -}}
{%- endfor -%}
{{- '<|im_assistant|>assistant<|im_middle|><think>' -}}
{%- if not thinking -%}{{- '</think>' -}}{%- endif -%}
`
