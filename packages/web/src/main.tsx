/** Where the page begins: the nonce for style elements that parts insert, then the first render. */

import { setNonce } from 'get-nonce'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { languageOf, preferences } from './preferences.ts'
import { App } from './screens/app.tsx'
import './styles/index.css'
import { loadLanguage } from './words/say.ts'

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce
if (nonce !== undefined && nonce !== '') setNonce(nonce)

const root = document.getElementById('root')
if (root === null) throw new Error('the page has no #root')

const render = (): void =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  )

// The first thing seen is in the language of its reader; without its file it is English.
loadLanguage(languageOf(preferences.get())).then(render, render)
