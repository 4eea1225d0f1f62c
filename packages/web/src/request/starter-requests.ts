/** The three things to try, each a whole request that teaches something: a picture, two tools with results by hand, JSON by a schema. */

import type { ChatRequest, ChatTool } from '@moonbase/protocol'
import type { Language } from '../words/format.ts'

interface Starter {
  readonly settings: Omit<ChatRequest, 'messages' | 'model'>
  readonly system: string
  readonly text: string
  /** Drawn here, so that nothing has to be fetched. */
  readonly picture: boolean
  readonly examples: Readonly<Record<string, string>>
}

const WEATHER: ChatTool = {
  type: 'function',
  function: {
    name: 'get_weather',
    description: 'The weather of a city, now.',
    parameters: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
      required: ['city'],
    },
  },
}

const TIME: ChatTool = {
  type: 'function',
  function: {
    name: 'get_time',
    description: 'The local time of a city.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  },
}

const INVOICE = {
  type: 'object',
  properties: {
    number: { type: 'string' },
    items: {
      type: 'array',
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, quantity: { type: 'integer' }, price: { type: 'number' } },
        required: ['name', 'quantity', 'price'],
      },
    },
    total: { type: 'number' },
  },
  required: ['number', 'items', 'total'],
} as const

const TEXTS = {
  en: {
    picture: 'Why does this latency chart jump every 15 minutes?',
    tools: 'What is the weather in Oslo and in Lima, and what time is it there?',
    json: 'Invoice 2026-0815. 4 rack rails at 49.00, 2 fans at 12.50. Total 221.00. Put it into the schema.',
    jsonSystem: 'You read invoices. Numbers are numbers, not texts.',
  },
  zh: {
    picture: '这张延迟图为什么每 15 分钟跳一次？',
    tools: '奥斯陆和利马现在天气怎样，当地几点？',
    json: '发票 2026-0815：机架导轨 4 个，单价 49.00；风扇 2 个，单价 12.50；合计 221.00。按 Schema 整理。',
    jsonSystem: '你读发票。数字写成数字，不写成文字。',
  },
} as const

export function starter(key: string, language: Language): Starter | null {
  const texts = TEXTS[language]
  switch (key) {
    case 'picture':
      return { settings: {}, system: '', text: texts.picture, picture: true, examples: {} }
    case 'tools':
      return {
        settings: { tools: [WEATHER, TIME] },
        system: '',
        text: texts.tools,
        picture: false,
        examples: { get_weather: '{"temp": -3, "sky": "snow"}', get_time: '{"time": "14:05"}' },
      }
    case 'json':
      return {
        settings: { response_format: { type: 'json_schema', json_schema: { name: 'invoice', schema: INVOICE } } },
        system: texts.jsonSystem,
        text: texts.json,
        picture: false,
        examples: {},
      }
    default:
      return null
  }
}

/** A latency chart with spikes a quarter of an hour apart, as a PNG. */
export async function drawnChart(): Promise<File> {
  const [width, height] = [640, 360]
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('this browser draws no pictures')
  context.fillStyle = '#fbfaf7'
  context.fillRect(0, 0, width, height)
  context.strokeStyle = '#dddad2'
  for (let line = 0; line <= 4; line += 1) context.strokeRect(50, 30 + line * 70, width - 70, 0)
  context.fillStyle = '#4b4f58'
  context.font = '13px sans-serif'
  context.fillText('p99 latency, ms', 50, 20)
  for (let hour = 0; hour <= 4; hour += 1) context.fillText(`${9 + hour}:00`, 50 + hour * 138, height - 12)
  context.strokeStyle = '#2b2f38'
  context.lineWidth = 2
  context.beginPath()
  for (let x = 0; x <= width - 80; x += 2) {
    const phase = x % 35
    const spike = phase < 6 ? (1 - Math.abs(phase - 3) / 3) * 190 : 0
    context.lineTo(50 + x, 290 - spike - 8 * Math.sin(x / 9))
  }
  context.stroke()
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/png')
  })
  if (blob === null) throw new Error('this browser makes no picture files')
  return new File([blob], 'p99.png', { type: 'image/png' })
}

let chart: Promise<string> | null = null

function chartData(): Promise<string> {
  chart ??= drawnChart().then(
    (file) =>
      new Promise((resolve, reject) => {
        const reader = new FileReader()
        reader.addEventListener('load', () => resolve(typeof reader.result === 'string' ? reader.result : ''))
        reader.addEventListener('error', () => reject(new Error(file.name)))
        reader.readAsDataURL(file)
      }),
  )
  return chart
}

/** As it would be sent; null for no starter. */
export async function starterRequest(key: string, model: string, language: Language): Promise<ChatRequest | null> {
  const found = starter(key, language)
  if (found === null) return null
  const { settings, system, text, picture } = found
  const content = picture
    ? [
        { type: 'image_url' as const, image_url: { url: await chartData() } },
        { type: 'text' as const, text },
      ]
    : text
  return {
    ...settings,
    model,
    messages: [...(system === '' ? [] : [{ role: 'system' as const, content: system }]), { role: 'user', content }],
  }
}
