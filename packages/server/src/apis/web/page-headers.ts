/** The headers of the page: what it may load and run, and who may look into it. Source: the design of the workbench, §12. */

import type { ReplyHeader } from '../../http/exchange.ts'

const DIRECTIVES = [
  "img-src 'self' blob: data:",
  "media-src 'self' blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types moonbase',
].join('; ')

/**
 * The policy of the page and of all that it loads: a worker has that of its own file.
 *
 * @param nonce of the style elements that editor and dialogs insert; scripts need none
 */
export function contentPolicy(nonce?: string): string {
  const styles = nonce === undefined ? "'self'" : `'self' 'nonce-${nonce}'`
  return `default-src 'none'; script-src 'self'; style-src ${styles}; ${DIRECTIVES}`
}

/** The page writes to the clipboard. It asks a browser for nothing else. */
const FORBIDDEN = [
  'accelerometer',
  'autoplay',
  'bluetooth',
  'camera',
  'clipboard-read',
  'display-capture',
  'encrypted-media',
  'fullscreen',
  'gamepad',
  'geolocation',
  'gyroscope',
  'hid',
  'identity-credentials-get',
  'idle-detection',
  'local-fonts',
  'magnetometer',
  'microphone',
  'midi',
  'otp-credentials',
  'payment',
  'picture-in-picture',
  'publickey-credentials-create',
  'publickey-credentials-get',
  'screen-wake-lock',
  'serial',
  'storage-access',
  'sync-xhr',
  'usb',
  'web-share',
  'window-management',
  'xr-spatial-tracking',
]

export const PAGE_HEADERS: readonly ReplyHeader[] = [
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['Referrer-Policy', 'no-referrer'],
  ['X-Content-Type-Options', 'nosniff'],
  ['Permissions-Policy', ['clipboard-write=(self)', ...FORBIDDEN.map((name) => `${name}=()`)].join(', ')],
]
