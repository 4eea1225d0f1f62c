import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import sharp from 'sharp'
import { describeImage } from './describe-image.ts'

type Format = 'png' | 'jpeg' | 'webp' | 'gif'

/** Left three quarters of one colour, the rest of another. */
async function picture(format: Format): Promise<string> {
  const right = await sharp({ create: { width: 20, height: 40, channels: 3, background: '#1e50dc' } })
    .png()
    .toBuffer()
  const bytes = await sharp({ create: { width: 80, height: 40, channels: 3, background: '#dc1e1e' } })
    .composite([{ input: right, left: 60, top: 0 }])
    .toFormat(format)
    .toBuffer()
  return bytes.toString('base64')
}

describe('describeImage', () => {
  for (const format of ['png', 'jpeg', 'webp', 'gif'] as const) {
    it(`measures a ${format}`, async () => {
      assert.deepEqual(await describeImage({ base64: await picture(format) }), {
        width: 80,
        height: 40,
        colours: ['red', 'blue'],
      })
    })
  }

  it('sees an image as it is meant to be held', async () => {
    const lying = await sharp(Buffer.from(await picture('jpeg'), 'base64'))
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer()
    const { width, height } = await describeImage({ base64: lying.toString('base64') })
    assert.deepEqual([width, height], [40, 80])
  })

  it('rejects what is no image, and one that claims too many pixels', async () => {
    await assert.rejects(describeImage({ base64: Buffer.from('not an image at all').toString('base64') }))
    const bomb = Buffer.from(await picture('png'), 'base64')
    bomb.writeUInt32BE(60_000, 16)
    bomb.writeUInt32BE(60_000, 20)
    await assert.rejects(describeImage({ base64: bomb.toString('base64') }))
  })
})
