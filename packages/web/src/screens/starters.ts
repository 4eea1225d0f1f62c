/** The three things to try, as they are listed; what each fills in is in `request/starter-requests.ts`. */

import type { StarterShown } from '../parts/starters.tsx'
import type { Say } from '../words/say.ts'

export function starters(say: Say, tokens: Readonly<Record<string, number>>): readonly StarterShown[] {
  return [
    { key: 'picture', name: say('starterPicture'), asks: say('starterPictureAsks'), tokens: tokens['picture'] ?? null },
    { key: 'tools', name: say('starterTools'), asks: say('starterToolsAsks'), tokens: tokens['tools'] ?? null },
    { key: 'json', name: say('starterJson'), asks: say('starterJsonAsks'), tokens: tokens['json'] ?? null },
  ]
}
