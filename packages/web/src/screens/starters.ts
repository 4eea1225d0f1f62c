/** The three things to try, as they are listed; what each fills in is in `request/starter-requests.ts`. */

import type { StarterShown } from '../parts/starters.tsx'
import type { Say } from '../words/say.ts'

export function starters(say: Say): readonly StarterShown[] {
  return [
    { key: 'picture', name: say('starterPicture'), asks: say('starterPictureAsks'), tokens: null },
    { key: 'tools', name: say('starterTools'), asks: say('starterToolsAsks'), tokens: null },
    { key: 'json', name: say('starterJson'), asks: say('starterJsonAsks'), tokens: null },
  ]
}
