/** The page of a server whose workbench is not built: no script, nothing from elsewhere. */

/** `address` is where the reader found the server, as text; `undefined`: he has to put it in himself. */
export function frontPage(address: string | undefined): string {
  return PIECES.join(escaped(address ?? 'http://<this address>'))
}

/** As HTML shows it, also between quotes. */
export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** What stands in the page where the address goes. */
const ADDRESS = '{address}'

/** One click on a command takes all of it, and a narrow window breaks its lines without changing what is copied. */
const STYLE = `
:root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif; --line: color-mix(in srgb, currentColor 18%, transparent); --quiet: color-mix(in srgb, currentColor 72%, transparent) }
body { max-width: 42rem; margin: min(8vh, 4rem) auto 4rem; padding: 0 1.25rem }
h1 { margin: 0; font-size: 2rem; line-height: 1.2; letter-spacing: -.02em }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.125rem; letter-spacing: -.01em }
p { margin: .625rem 0 }
h1 + p { font-size: 1.125rem; color: var(--quiet) }
code, pre { font-family: ui-monospace, monospace }
code { font-size: .875em }
pre { margin: .875rem 0; padding: .875rem 1rem; font-size: .8125rem; line-height: 1.55; white-space: pre-wrap; overflow-wrap: anywhere; user-select: all; border: 1px solid var(--line); border-radius: .5rem; background: color-mix(in srgb, currentColor 4%, transparent) }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .5rem 1.25rem; margin: 1.5rem 0 0; padding: 1rem 0; border: solid var(--line); border-width: 1px 0 }
dt { color: var(--quiet) }
dd { margin: 0; overflow-wrap: anywhere }
ul { margin: .625rem 0; padding-left: 1.25rem }
a { color: inherit }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; gap: 0 } dd + dt { margin-top: .5rem } }
`

const MOON =
  "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path fill='%23888' d='M10 1a7 7 0 1 0 5 10A6 6 0 0 1 10 1'/></svg>"

const PIECES = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>moonbase</title>
<link rel="icon" href="${MOON}">
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>moonbase</h1>
<p>The Kimi K2.5 API, on ground you own. This server is running.</p>
<dl>
<dt>Base URL</dt>
<dd><code>${ADDRESS}/v1</code>, for any client of OpenAI&#39;s API</dd>
<dt>Model</dt>
<dd><code>kimi-k2.5</code>; <code>GET /v1/models</code> lists all that are served</dd>
<dt>Key</dt>
<dd><code>MOONBASE_API_KEY</code> in the file <code>data/credentials</code> of the folder where the server was started,
unless its operator set another</dd>
</dl>

<h2>Open the workbench</h2>
<p>It is not built yet. In the folder of the project, then start the server again:</p>
<pre>npm run prepare</pre>

<h2>Write an application</h2>
<p>In the folder of the server, or with a key that its operator gave you:</p>
<pre>export MOONBASE_API_KEY=$(grep ^MOONBASE_API_KEY= data/credentials | cut -d= -f2)</pre>
<pre>curl -N ${ADDRESS}/v1/chat/completions \\
  -H "Authorization: Bearer $MOONBASE_API_KEY" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "kimi-k2.5", "stream": true,
       "messages": [{"role": "user", "content": "What is 6 * 7?"}]}'</pre>
<p>What is accepted and refused is in <code>docs/contract.md</code>, what answers where no model is configured in
<code>docs/offline-engine.md</code>: files of the project, as all that are named here.</p>

<h2>Run the server</h2>
<ul>
<li><a href="/health"><code>/health</code></a> and <a href="/ready"><code>/ready</code></a> for load balancers,
<code>/metrics</code> for Prometheus, with an admin key: <code>docs/metrics.md</code></li>
<li>a real engine, keys and limits: <code>docs/configuration.md</code>, <code>docs/upstreams.md</code></li>
<li>accounts and prices, with <code>npx moonbase</code> or at <code>/admin/v1/</code>: <code>docs/accounts.md</code>,
<code>docs/admin.md</code></li>
</ul>

<h2>Work on moonbase</h2>
<p><code>AGENTS.md</code> has the commands and rules on one page, <code>docs/ARCHITECTURE.md</code> the map of the code.</p>
</main>
</body>
</html>
`.split(ADDRESS)
