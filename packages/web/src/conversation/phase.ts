/** Where an answer is, in the words of its disc (design §5.1). */

export type Phase = 'waiting' | 'sent' | 'thinking' | 'answering' | 'complete' | 'seam' | 'stopped' | 'failed'
