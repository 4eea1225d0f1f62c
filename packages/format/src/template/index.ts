/** The chat template and the tool declaration: a conversation as the pieces, the text and the ids that the model reads. */
export * from './declare-tools.ts'
export * from './encode-pieces.ts'
export { type Utf8Bytes, promptTokensAtMost, utf8BytesAtMost } from './prompt-bound.ts'
export { renderPrompt } from './render-prompt.ts'
export { ToolCallIds } from './tool-call-ids.ts'
