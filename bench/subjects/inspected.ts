/** How a subject on Node is started so that it can be looked into, and where it then says that it can. */

import type { Child } from '../child.ts'
import { INSPECT, INSPECTOR_ADDRESS } from '../inspector.ts'
import type { HowToStart, RunningSubject } from './subject.ts'

/** Words for Node, before those for what it runs. */
export function inspectWords({ isInspected }: HowToStart): readonly string[] {
  return isInspected === true ? [INSPECT] : []
}

/** Of a child that is ready, and so has said it long ago. */
export function inspectorOf(child: Child, { isInspected }: HowToStart): Pick<RunningSubject, 'inspector'> {
  const inspector = isInspected === true ? child.logged(INSPECTOR_ADDRESS) : undefined
  return inspector === undefined ? {} : { inspector }
}
