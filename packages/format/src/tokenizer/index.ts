/** Text to token ids and back, over a vocabulary that is handed in. */

export { bpeTokenizer } from './bpe-tokenizer.ts'
export { readTiktokenVocabulary } from './read-tiktoken-vocabulary.ts'
export { type Vocabulary, VocabularyError, vocabularyOf } from './vocabulary.ts'
