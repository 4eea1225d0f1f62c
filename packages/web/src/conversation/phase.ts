/** Where an answer is, in the words of its disc (design §5.1). */

/** `seam`: complete, and another engine went on in the middle of it. */
export type Phase = 'waiting' | 'sent' | 'thinking' | 'answering' | 'complete' | 'seam' | 'stopped' | 'failed'
