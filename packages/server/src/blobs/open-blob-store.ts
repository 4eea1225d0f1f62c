/** Opens the blob store that the configuration names. Loads no more code than that one needs, and makes no folder. */

import type { FilesPlace } from '../configuration/files-place.ts'
import type { BlobStore } from './blob-store.ts'

/** `now`: milliseconds since the Unix epoch. */
export async function openBlobStore(place: FilesPlace, now: () => number): Promise<BlobStore> {
  switch (place.kind) {
    case 'file': {
      const { FileBlobs } = await import('./file/file-blobs.ts')
      return new FileBlobs(place.path, now)
    }
    case 'memory': {
      const { MemoryBlobs } = await import('./memory/memory-blobs.ts')
      return new MemoryBlobs()
    }
    case 's3': {
      const { openS3Blobs } = await import('./s3/open-s3-blobs.ts')
      const { kind: _, ...options } = place
      return openS3Blobs(options)
    }
  }
}
