/** cURL, on the platform's own chat completions. */

import { curlCall } from './quote-shell.ts'
import { saidRequest } from './said-request.ts'
import type { Spelling } from './spelling.ts'

export const curl: Spelling = {
  id: 'curl',
  name: 'cURL',
  language: 'shell',
  tested: { client: 'curl' },
  spell(request, options) {
    const { request: body, notes } = saidRequest(request, options)
    const url = `${options.baseUrl}/v1/chat/completions`
    return { source: curlCall({ url, body, stream: body.stream === true, headers: options.headers }), notes }
  },
}
