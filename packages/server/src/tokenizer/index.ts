/** The model's vocabulary on this machine: finding it, fetching it, and counting with it. */
export { openTokenizer, type OpenTokenizer, type TokenizerDescription } from './open-tokenizer.ts'
export { pullVocabulary } from './pull.ts'
