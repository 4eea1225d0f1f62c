/** Images and videos as the model counts them, and the size of an image from its bytes. */
export { type ByteSource } from './byte-source.ts'
export { imageTokens } from './image-tokens.ts'
export { type ImageProblem, MAXIMUM_IMAGE_PIXELS, MAXIMUM_IMAGE_SIDE, readImageSize } from './read-image-size.ts'
export { MAXIMUM_VIDEO_CHUNKS, type VideoChunk, videoChunkCount, videoChunks, videoTokens } from './video-chunks.ts'
