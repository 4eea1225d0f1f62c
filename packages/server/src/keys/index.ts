/** Who may use the server: the keys it has, where they come from, and how a request shows one. */
export { authenticate } from './authenticate.ts'
export { type Keys, firstStartLines, openKeys } from './open-keys.ts'
export { GuessGuard } from './guess-guard.ts'
export { refusePublicListen } from './public-listen.ts'
