/** Whether Ctrl is ⌘ here. */

export const onMac = /Mac|iPhone|iPad/.test(typeof navigator === 'undefined' ? '' : navigator.userAgent)
