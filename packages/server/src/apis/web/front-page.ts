/** The page of a server without a workbench: no script, nothing from elsewhere. */

export const FRONT_PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>moonbase</title>
<style>
:root { color-scheme: light dark; font: 16px/1.6 system-ui, sans-serif }
body { max-width: 40rem; margin: 12vh auto 4rem; padding: 0 1.25rem }
h1 { margin: 0; font-size: 1.75rem; letter-spacing: -.02em }
h2 { margin: 2rem 0 .5rem; font-size: 1rem }
p { margin: .5rem 0 }
code, pre { font: .875rem/1.5 ui-monospace, monospace }
pre { overflow-x: auto; padding: .875rem 1rem; border: 1px solid color-mix(in srgb, currentColor 20%, transparent); border-radius: .5rem }
</style>
</head>
<body>
<h1>moonbase</h1>
<p>The Kimi K2.5 API, on ground you own. This server is running.</p>
<h2>Call it</h2>
<p>Point an OpenAI client at <code>/v1</code> of this address, with a key of this server: the first start showed one, and
<code>data/credentials</code> keeps it.</p>
<pre>curl -N &lt;this address&gt;/v1/chat/completions \\
  -H "Authorization: Bearer $MOONBASE_API_KEY" -H "Content-Type: application/json" \\
  -d '{"model": "kimi-k2.5", "stream": true, "messages": [{"role": "user", "content": "What is 6 * 7?"}]}'</pre>
<h2>Look after it</h2>
<p><code>/health</code> and <code>/ready</code> for load balancers, <code>/metrics</code> for Prometheus, <code>/admin/v1/</code>
for accounts, keys and prices. Each is described in the project&#39;s <code>docs/</code>.</p>
</body>
</html>
`
