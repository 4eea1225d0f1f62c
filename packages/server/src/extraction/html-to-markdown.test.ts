import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { htmlToMarkdown } from './html-to-markdown.ts'

const markdown = (html: string, wishes: object = {}): string => htmlToMarkdown(html, { format: 'markdown', ...wishes })

describe('a web page as Markdown', () => {
  it('keeps what a person reads, and nothing of what a browser needs', () => {
    const html = `<!doctype html><html><head><title>T</title><style>p{}</style></head><body>
      <h2>Head</h2><script>alert(1)</script><p>One <em>two</em> <strong>three</strong> <code>four</code> <del>five</del></p>
      <ul><li>a</li><li>b</li></ul><pre><code class="language-ts">let x = 1</code></pre><hr><noscript>no</noscript></body></html>`
    const lines = markdown(html)
      .split('\n')
      .filter((line) => line !== '')
    assert.deepEqual(lines, [
      '## Head',
      'One *two* **three** `four` ~~five~~',
      '-   a',
      '-   b',
      '```ts',
      'let x = 1',
      '```',
      '---',
    ])
  })

  it('has tables with a head, whether the page has one or not', () => {
    const rows = '<tr><td>a</td><td>1|2</td></tr><tr><td>b</td><td>line<br>line</td></tr>'
    const bare = '| a | 1\\|2 |\n| --- | --- |\n| b | line line |'
    assert.equal(markdown(`<table>${rows}</table>`), bare)
    assert.equal(
      markdown(`<p>x</p><table><thead><tr><th>k</th><th>v</th></tr></thead><tbody>${rows}</tbody></table>`),
      ['x', '', '| k | v |', '| --- | --- |', '| a | 1\\|2 |', '| b | line line |'].join('\n'),
    )
  })

  it('makes addresses whole where it is told of what, and leaves bytes out', () => {
    const html =
      '<a href="/x?a=1">x</a> <a href="https://other.test/">y</a> <img alt="pic" src="data:image/png;base64,AAAA">'
    const whole = '[x](https://example.com/x?a=1) [y](https://other.test/)'
    assert.equal(markdown(html, { base: 'example.com' }), whole)
    assert.equal(markdown(html, { base: 'https://example.com/deep/' }), whole)
    assert.equal(markdown(html), '[x](/x?a=1) [y](https://other.test/)')
  })

  it('takes what a selector finds alone, and throws for what is none', () => {
    const html = '<nav>menu</nav><main><p>text</p></main>'
    assert.equal(markdown(html, { selector: 'main' }), 'text')
    assert.equal(markdown(html, { selector: 'aside' }), '')
    assert.throws(() => markdown(html, { selector: 'p[' }))
  })

  it('is plain text in lines where that is asked for, however deep the page is', () => {
    const text = (html: string): string => htmlToMarkdown(html, { format: 'text' })
    assert.equal(
      text('<h1>A</h1><p>b <b>c</b>\n d</p><style>no</style><ul><li>e</li><li>f</li></ul>'),
      'A\n\nb c d\n\ne\n\nf',
    )
    assert.equal(text('x'), 'x')
    assert.equal(text(''), '')
  })
})
