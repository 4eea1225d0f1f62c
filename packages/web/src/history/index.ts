/** What this browser keeps: conversations, drafts and media, their files, and what its pages tell each other. */

export { digestsIn, type Kept, running, type Summary, titleOf } from './document.ts'
export { exportJson, exportMarkdown } from './export-file.ts'
export { type Change, History, type Keeping } from './history.ts'
export { type Imported, importFile, type Skipped } from './import-file.ts'
export { openIndexedShelf } from './indexed-shelf.ts'
export { Keeper } from './keeper.ts'
export { alone, onChange } from './pages.ts'
export { NoShelfError, type Shelf } from './shelf.ts'
