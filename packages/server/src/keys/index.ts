/** Who may use the server: the keys it has, where they come from, and how a request shows one. */
export { authenticate, bearerToken } from './authenticate.ts'
export { type KeyRecord, KeyRing, isKeyOf } from './key-ring.ts'
export { type FirstStart, type Keys, type KeyOptions, firstStartLines, openKeys } from './open-keys.ts'
export { isLoopback, refusePublicListen } from './public-listen.ts'
