/** How the Kimi K2 family reads and writes. No I/O: a vocabulary is handed in. */
export * from './media/index.ts'
export * from './prompt-piece.ts'
export * from './prompt.ts'
export * from './raw-output/index.ts'
export * from './special-tokens.ts'
export * from './template/index.ts'
export * from './tokenizer.ts'
export * from './tokenizer/index.ts'
