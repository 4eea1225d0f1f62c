/** What OpenAI's clients ask for and this platform never had: refused with a sentence that says so, and not as a slip of the path. */

import { type ApiError, apiError } from '@moonbase/protocol'

/** By their first segments. */
const ABSENT: Readonly<Record<string, string>> = {
  '/v1/assistants': 'assistants',
  '/v1/audio': 'speech and transcription',
  '/v1/chatkit': 'chat sessions',
  '/v1/containers': 'containers',
  '/v1/conversations': 'conversations, which previous_response_id stands for,',
  '/v1/embeddings': 'embeddings',
  '/v1/evals': 'evals',
  '/v1/fine_tuning': 'fine-tuning jobs',
  '/v1/images': 'images to be made',
  '/v1/moderations': 'moderations',
  '/v1/realtime': 'realtime sessions',
  '/v1/threads': 'threads',
  '/v1/vector_stores': 'vector stores',
  '/v1/videos': 'videos to be made',
}

/** What is asked for by POST where a response's id could stand, so that by its path alone it were one that cannot be posted to. */
const ABSENT_BESIDE_RESPONSES: Readonly<Record<string, string>> = {
  '/v1/responses/compact': 'compacted conversations',
  '/v1/responses/input_tokens': 'counts of input tokens, which POST /v1/tokenizers/estimate-token-count makes,',
}

export const ABSENT_PATHS: readonly string[] = Object.keys(ABSENT)

/** The refusal with its sentence, for a path that is one of these; any other as it is. */
export function absentOr(error: ApiError, method: string, path: string): ApiError {
  const what = absentAt(error, path)
  return what === undefined ? error : apiError('api_absent', { method, path: path.slice(0, 128), what })
}

function absentAt({ code }: ApiError, path: string): string | undefined {
  if (code === 'method_not_allowed') return ABSENT_BESIDE_RESPONSES[path]
  if (code !== 'route_not_found') return undefined
  const absent = ABSENT_PATHS.find((prefix) => path === prefix || path.startsWith(`${prefix}/`))
  return absent === undefined ? undefined : ABSENT[absent]
}
