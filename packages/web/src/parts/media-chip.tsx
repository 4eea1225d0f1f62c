/** A picture or a video of a message: what it looks like, its name, its sides, its tokens. */

import { IconButton } from './button.tsx'
import { Icon } from './icon.tsx'
import { useWords } from './use-words.ts'

export interface MediaShown {
  readonly key: string
  readonly kind: 'image' | 'video'
  readonly name: string
  /** A `blob:` or `data:` address of the person's own file; empty where it is not here any more. */
  readonly address: string
  readonly width?: number | undefined
  readonly height?: number | undefined
  readonly tokens?: number | undefined
  readonly bytes?: number | undefined
}

export function MediaChip({ media, remove }: { readonly media: MediaShown; readonly remove?: () => void }) {
  const { say, format } = useWords()
  const says = [
    media.width === undefined || media.height === undefined ? '' : `${media.width} × ${media.height}`,
    media.tokens === undefined ? '' : say('tokens', media.tokens),
    media.tokens === undefined && media.bytes !== undefined ? format.size(media.bytes) : '',
  ].filter((part) => part !== '')
  return (
    <span className="media">
      {media.kind === 'image' && media.address !== '' ? (
        <img src={media.address} alt="" />
      ) : (
        <span className="icon-box">
          <Icon name="film" />
        </span>
      )}
      <span>
        <span className="cut">{media.name}</span>
        <span className="dim number">{says.join(' · ')}</span>
      </span>
      {remove !== undefined && <IconButton icon="cross" label={say('remove')} small onClick={remove} />}
    </span>
  )
}
