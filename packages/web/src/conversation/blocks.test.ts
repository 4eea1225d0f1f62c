/** Blocks are a matter of the text alone: not of how it came, and those that are over are never read again. */

import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as fc from 'fast-check'
import type { Body, Inline } from './block.ts'
import { MOST_OF_BLOCK } from './read-block.ts'
import { NO_BLOCKS, splitBlocks } from './split-blocks.ts'

const LINES = [
  'words',
  'two words *here*',
  '',
  '',
  '  ',
  '# H',
  '## H #',
  '---',
  '===',
  '--',
  '- a',
  '- [ ] t',
  '- [x] t',
  '* b',
  '+ c',
  '-',
  '1. x',
  '2) y',
  '7. z',
  '   more',
  '      deep',
  '\tx',
  '```',
  '```ts',
  '````',
  '~~~',
  '~~~py',
  '  ```',
  '- ```js',
  '  code',
  '| a | b |',
  '|---|:-:|',
  '|--',
  '| 1 | 2 |',
  'a | b',
  '> q',
  '> - q',
  '>',
  '<b>x</b>',
  '<!-- c',
  '-->',
  '[a]: http://b.c',
  '![i](http://e.v/p.png)',
  '&lt;',
  '你好，世界',
  '🌒',
  '***',
  '\\# no',
  'x'.repeat(90),
  '\r',
]
const textArbitrary = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...LINES) },
      { weight: 1, arbitrary: fc.string({ maxLength: 12 }) },
    ),
    { maxLength: 30 },
  )
  .map((lines) => lines.join('\n'))

const first = (text: string): Body | undefined => splitBlocks(text).blocks[0]?.bodies[0]
const paragraph = (text: string): readonly Inline[] => {
  const body = first(text)
  assert.equal(body?.kind, 'paragraph')
  return body.children
}
const kinds = (text: string): string[] =>
  splitBlocks(text).blocks.flatMap(({ bodies }) => bodies.map(({ kind }) => kind))

describe('blocks', () => {
  it('are the same for every way in which a text can come', () => {
    fc.assert(
      fc.property(textArbitrary, fc.array(fc.nat({ max: 400 }), { maxLength: 12 }), (text, cuts) => {
        let read = NO_BLOCKS
        for (const cut of cuts.toSorted((one, other) => one - other)) read = splitBlocks(text.slice(0, cut), read)
        assert.deepEqual(splitBlocks(text, read), splitBlocks(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('are kept as they are once they are over, one character after the other', () => {
    fc.assert(
      fc.property(textArbitrary, (text) => {
        let read = NO_BLOCKS
        for (let end = 1; end <= text.length; end += 1) {
          const next = splitBlocks(text.slice(0, end), read)
          assert.ok(next.final >= read.final)
          for (let key = 0; key < read.final; key += 1) assert.equal(next.blocks[key], read.blocks[key])
          assert.ok(next.blocks.length - next.final <= 2, `${next.blocks.length - next.final} open blocks`)
          read = next
        }
        assert.deepEqual(read.blocks, splitBlocks(text).blocks)
      }),
      { numRuns: 300 },
    )
  })

  it('lose no word of the text', () => {
    fc.assert(
      fc.property(textArbitrary, (text) => {
        const { blocks } = splitBlocks(text)
        let at = 0
        for (const { from, source } of blocks) {
          assert.match(text.slice(at, from), /^[\s]*$/)
          assert.equal(text.slice(from, from + source.length), source)
          at = from + source.length
        }
        assert.match(text.slice(at), /^\s*$/)
      }),
    )
  })

  it('begin anew where the text is another one', () => {
    assert.deepEqual(splitBlocks('b', splitBlocks('a\n\nb\n\nc')), splitBlocks('b'))
    const read = splitBlocks('a')
    assert.equal(splitBlocks('a', read), read)
  })

  it('are told apart by what begins them', () => {
    assert.deepEqual(kinds('a\nb\n\nc'), ['paragraph', 'paragraph'])
    assert.deepEqual(kinds('a\n# b\nc\n---\nd\n***\n> e\nf\n> g\n- h\n+ i\n```\nj'), [
      'paragraph',
      'heading',
      'heading',
      'paragraph',
      'rule',
      'quote',
      'list',
      'list',
      'code',
    ])
    assert.deepEqual(kinds('a\n===\nb'), ['heading', 'paragraph'])
    assert.deepEqual(kinds('- a\n\n  b\n\n- c\n\nd'), ['list', 'paragraph'])
    assert.deepEqual(kinds('- a\n```\nb\n```'), ['list', 'code'])
    assert.deepEqual(kinds('1. a\n   ```\n\n   b\n   ```\n2. c'), ['list'])
    assert.deepEqual(kinds('- ```\n  a\n\n  - b\n  ```\n- c'), ['list'])
    assert.deepEqual(kinds('    a\n\n    b\nc'), ['code', 'paragraph'])
    assert.deepEqual(kinds('2. a'), ['list'])
    assert.deepEqual(kinds('words\n2. no list'), ['paragraph'])
    assert.deepEqual(kinds('words\na|b\n-|-\n1|2\n\nend'), ['paragraph', 'table', 'paragraph'])
    assert.deepEqual(kinds('a|b\n-|-\n1|2\n# h'), ['table', 'heading'])
    assert.deepEqual(kinds('```\na\n``` no\n~~~\n```\nb'), ['code', 'paragraph'])
    assert.deepEqual(kinds('``` a`b\nc'), ['paragraph'])
    assert.deepEqual(kinds('a\r\n\r\nb\r\n'), ['paragraph', 'paragraph'])
  })
})

describe('a block', () => {
  it('of code has its language, its lines and its pieces, and is not parsed', () => {
    assert.deepEqual(first('```ts  x\n# a\n\n*b*'), {
      kind: 'code',
      language: 'ts',
      pieces: ['# a\n\n*b*'],
      lines: 3,
      closed: false,
    })
    assert.deepEqual(first('  ```\n  a\n b\n  ```'), {
      kind: 'code',
      language: '',
      pieces: ['a\nb'],
      lines: 2,
      closed: true,
    })
    assert.deepEqual(first('```'), { kind: 'code', language: '', pieces: [], lines: 0, closed: false })
    assert.deepEqual(first('```\n```'), { kind: 'code', language: '', pieces: [], lines: 0, closed: true })
    const long = `\`\`\`\n${'line\n'.repeat(100)}`
    const body = first(long)
    assert.ok(body?.kind === 'code')
    assert.deepEqual(
      body.pieces.map((piece) => piece.trimEnd().split('\n').length),
      [40, 40, 20],
    )
  })

  it('of code that grows changes its last piece alone', () => {
    const line = 'const moon = "🌒" // 月\n'
    let read = splitBlocks('```ts\n')
    for (let lines = 1; lines <= 200; lines += 1) {
      const next = splitBlocks(`\`\`\`ts\n${line.repeat(lines)}`, read)
      const [was] = read.blocks[0]?.bodies ?? []
      const [is] = next.blocks[0]?.bodies ?? []
      assert.ok(was?.kind === 'code' && is?.kind === 'code')
      const changed = is.pieces.filter((piece, index) => piece !== was.pieces[index])
      assert.ok(changed.length <= 2)
      read = next
    }
  })

  it('of a line that is too long is cut into pieces, and never inside a character', () => {
    const body = first(`\`\`\`\n${'🌒'.repeat(5000)}x`)
    assert.ok(body?.kind === 'code')
    assert.equal(body.pieces.join(''), `${'🌒'.repeat(5000)}x`)
    assert.ok(body.pieces.every((piece) => piece.length <= 4096 && piece.isWellFormed()))
    const mixed = first(`\`\`\`\na\n${'x'.repeat(5000)}\ny\n`)
    assert.ok(mixed?.kind === 'code')
    assert.deepEqual(
      mixed.pieces.map(({ length }) => length),
      [2, 4096, 906],
    )
    const odd = first(`\`\`\`\nx${'🌒'.repeat(5000)}\n`)
    assert.ok(odd?.kind === 'code')
    assert.ok(odd.pieces.every((piece) => piece.isWellFormed()))
  })

  it('that is too long or too deep is text as it came', () => {
    for (const text of ['*a* '.repeat(MOST_OF_BLOCK / 4 + 1).trim(), `${'> '.repeat(30)}a`, `${'- '.repeat(30)}a`]) {
      const body = first(text)
      assert.ok(body?.kind === 'plain')
      assert.equal(body.pieces.join(''), text)
    }
    const grown = splitBlocks('*a* '.repeat(3000), splitBlocks('*a* '.repeat(2900)))
    assert.deepEqual(grown, splitBlocks('*a* '.repeat(3000)))
  })

  it('of a list has its numbers, its marks and what stands in it; a long one is several', () => {
    const list = first('3. a\n4. b')
    assert.ok(list?.kind === 'list')
    assert.deepEqual([list.start, list.items.length, list.continues], [3, 2, false])
    const tasks = first('- [x] a\n- [ ] b\n- c\n\n  ~~~\n  d\n  ~~~\n  > e\n\n  | f |\n  |---|\n  | g |')
    assert.ok(tasks?.kind === 'list')
    assert.deepEqual(
      tasks.items.map(({ checked }) => checked),
      [true, false, undefined],
    )
    assert.deepEqual(
      tasks.items[2]?.blocks.map(({ kind }) => kind),
      ['paragraph', 'code', 'quote', 'table'],
    )
    assert.deepEqual(tasks.items[0]?.blocks, [{ kind: 'paragraph', children: [{ kind: 'text', text: 'a' }] }])
    const long = splitBlocks('1. item\n'.repeat(90)).blocks.map(({ bodies: [body] }) => body)
    assert.deepEqual(
      long.map((body) => (body?.kind === 'list' ? [body.start, body.items.length, body.continues] : [])),
      [
        [1, 40, false],
        [41, 40, true],
        [81, 10, true],
      ],
    )
    const counted = splitBlocks(`1. ${'x'.repeat(9000)}\n2. y`).blocks
    assert.deepEqual(
      counted.map(({ bodies: [body] }) => (body?.kind === 'list' ? body.start : body?.kind)),
      ['plain', 2],
    )
    const bullets = splitBlocks(`- ${'x'.repeat(3000)}\n`.repeat(3)).blocks
    assert.deepEqual(
      bullets.map(({ bodies: [body] }) => body?.kind === 'list' && body.continues),
      [false, true],
    )
    const mixed = splitBlocks(`${'1. item\n'.repeat(40)}${'1. '.repeat(30)}x`).blocks
    assert.equal(mixed[1]?.bodies[0]?.kind, 'plain')
  })

  it('of a table has its cells, and rows that are over are read once', () => {
    const rows = Array.from({ length: 100 }, (_, row) => `| ${row} | *x* |`).join('\n')
    const head = '| a | b |\n|:--|--:|\n'
    const table = first(`${head}${rows}`)
    assert.ok(table?.kind === 'table')
    assert.deepEqual(
      [table.align, table.header, table.pieces.map(({ length }) => length)],
      [
        ['left', 'right'],
        [[{ kind: 'text', text: 'a' }], [{ kind: 'text', text: 'b' }]],
        [40, 40, 20],
      ],
    )
    const before = splitBlocks(`${head}${rows}`)
    const after = splitBlocks(`${head}${rows}\n| 100 | y |`, before)
    const [was] = before.blocks[0]?.bodies ?? []
    const [is] = after.blocks[0]?.bodies ?? []
    assert.ok(was?.kind === 'table' && is?.kind === 'table')
    assert.equal(is.pieces[0], was.pieces[0])
    assert.deepEqual(after, splitBlocks(`${head}${rows}\n| 100 | y |`))
    const wide = first(`${head}| ${'x'.repeat(MOST_OF_BLOCK)} |`)
    assert.ok(wide?.kind === 'table')
    assert.equal(wide.pieces[0]?.[0]?.length, 1)
  })

  it('has its markup as text, and its words in their kinds', () => {
    assert.deepEqual(paragraph('a *b* **c** ~~d~~ `e` \\* &lt;&#65;&#x42;&nope;&#0;&#xd800;'), [
      { kind: 'text', text: 'a ' },
      { kind: 'emphasis', children: [{ kind: 'text', text: 'b' }] },
      { kind: 'text', text: ' ' },
      { kind: 'strong', children: [{ kind: 'text', text: 'c' }] },
      { kind: 'text', text: ' ' },
      { kind: 'deleted', children: [{ kind: 'text', text: 'd' }] },
      { kind: 'text', text: ' ' },
      { kind: 'code', text: 'e' },
      { kind: 'text', text: ' * <AB&nope;\ufffd\ufffd' },
    ])
    assert.deepEqual(paragraph('a  \nb'), [{ kind: 'text', text: 'a' }, { kind: 'break' }, { kind: 'text', text: 'b' }])
    assert.deepEqual(paragraph('<img src=x onerror=alert(1)>'), [
      { kind: 'text', text: '<img src=x onerror=alert(1)>' },
    ])
    assert.deepEqual(paragraph('x <b onclick=y>z</b>'), [{ kind: 'text', text: 'x <b onclick=y>z</b>' }])
    assert.deepEqual(paragraph('[a]: javascript:b'), [{ kind: 'text', text: '[a]: javascript:b' }])
  })

  it('has links to where a link may lead, with the host that they lead to; all others are text', () => {
    const link = (text: string): Inline | undefined => paragraph(text)[0]
    assert.deepEqual(link('[a](https://user@evil.example:8/x?y#z)'), {
      kind: 'link',
      href: 'https://user@evil.example:8/x?y#z',
      host: 'evil.example:8',
      children: [{ kind: 'text', text: 'a' }],
    })
    assert.deepEqual(link('<mailto:a@b.c>')?.kind, 'link')
    assert.deepEqual(link('https://a.b/c')?.kind, 'link')
    for (const address of [
      'javascript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      '//evil.example',
      '/x',
      'https:x',
      'https://\u202ecba',
      'file:///etc',
      'https://@',
      'JaVaScRiPt:x',
    ])
      assert.deepEqual(link(`[a](${address})`), { kind: 'text', text: `[a](${address})` }, address)
    assert.deepEqual(link('![alt &amp;](http://e.v/p.png)'), {
      kind: 'picture',
      href: 'http://e.v/p.png',
      alt: 'alt &',
      host: 'e.v',
    })
    assert.deepEqual(link('![](data:image/png;base64,x)'), {
      kind: 'picture',
      href: 'data:image/png;base64,x',
      alt: '',
    })
  })

  it('is not read deeper than anybody writes', () => {
    const deep = JSON.stringify(paragraph(`${'*a **b '.repeat(20)}x${'** c*'.repeat(20)}`))
    assert.ok(deep.length > 0)
    assert.equal(first('###### six')?.kind, 'heading')
  })
})
