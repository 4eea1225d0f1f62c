/** The chat template and the tool declaration: a conversation as the pieces, the text and the ids that the model reads. */
export * from './declare-tools.ts'
export * from './encode-pieces.ts'
export * from './render-prompt.ts'
export { ToolCallIds } from './tool-call-ids.ts'
