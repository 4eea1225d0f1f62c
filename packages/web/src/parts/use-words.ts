/** The words of the chosen language, for parts. */

import { createContext, useContext } from 'react'
import { wordsOf, type Words } from '../words/say.ts'

export const WordsContext = createContext<Words>(wordsOf('en'))

export const useWords = (): Words => useContext(WordsContext)
