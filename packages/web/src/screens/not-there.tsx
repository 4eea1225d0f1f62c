/** An address that leads to nothing. */

import { Button } from '../parts/button.tsx'
import { useWords } from '../parts/use-words.ts'

export function NotThere({ go }: { readonly go: () => void }) {
  const { say } = useWords()
  return (
    <main className="main">
      <div className="nothing">
        <div>
          <h1>{say('notThere')}</h1>
          <Button kind="quiet" onClick={go}>
            {say('toWorkbench')}
          </Button>
        </div>
      </div>
    </main>
  )
}
