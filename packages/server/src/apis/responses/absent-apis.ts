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

export const ABSENT_PATHS: readonly string[] = Object.keys(ABSENT)

/** The refusal with its sentence, for a path that is one of these; any other as it is. */
export function absentOr(error: ApiError, method: string, path: string): ApiError {
  if (error.code !== 'route_not_found') return error
  const absent = ABSENT_PATHS.find((prefix) => path === prefix || path.startsWith(`${prefix}/`))
  const what = absent === undefined ? undefined : ABSENT[absent]
  return what === undefined ? error : apiError('api_absent', { method, path: path.slice(0, 128), what })
}
