/** Who may use the server: the keys it has, where they come from, and how a request shows one. */
export { authenticate } from './authenticate.ts'
export { type KeyRecord, KeyRing } from './key-ring.ts'
export { firstStartLines, openKeys } from './open-keys.ts'
export { refusePublicListen } from './public-listen.ts'
