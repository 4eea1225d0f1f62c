/** nginx as a bare reverse proxy: what moving the bytes costs when nothing is understood. */

import { existsSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import { Child } from '../child.ts'
import { sleep } from '../clock.ts'
import { processTree } from '../process-usage.ts'
import { scratchFolder } from '../scratch.ts'
import { CHAT_PATH, type RunningSubject, type Subject } from './subject.ts'

const NGINX = ['/usr/sbin/nginx', '/usr/bin/nginx', '/usr/local/sbin/nginx'].find((path) => existsSync(path))
const READY_LIMIT_MS = 5000

export const nginx: Subject = {
  kind: 'nginx',
  name: 'nginx',
  about: 'bare reverse proxy, one worker, keep-alive on both sides, no buffering, no log',
  absence: () => (NGINX === undefined ? 'nginx is not installed' : undefined),
  isNode: false,
  start: startNginx,
}

async function startNginx(upstreamPort: number, core: number | undefined): Promise<RunningSubject> {
  const prefix = scratchFolder('nginx-prefix')
  // nginx cannot be asked which port it took, so it is given one that was free a moment ago.
  const port = await freePort()
  writeFileSync(join(prefix, 'nginx.conf'), configuration(port, upstreamPort))
  const begun = performance.now()
  const command = [NGINX ?? 'nginx', '-p', prefix, '-c', join(prefix, 'nginx.conf'), '-e', 'stderr']
  const child = new Child({ name: 'nginx', command, core })
  await untilListening(child, port)
  return {
    target: { port, path: CHAT_PATH, headers: { authorization: 'Bearer sk-bench' } },
    startMs: performance.now() - begun,
    pids: () => processTree(child.pid),
    stop: () => child.stop(),
  }
}

function configuration(port: number, upstreamPort: number): string {
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${name};`)
  return `
daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 8192; }
http {
  access_log off;
  tcp_nodelay on;
  ${folders.join('\n  ')}
  upstream mock {
    server 127.0.0.1:${upstreamPort};
    keepalive 1024;
    keepalive_requests 1000000000;
  }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    keepalive_requests 1000000000;
    location / {
      proxy_pass http://mock;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
      proxy_request_buffering off;
      client_max_body_size 0;
      proxy_read_timeout 600s;
    }
  }
}
`
}

async function untilListening(child: Child, port: number): Promise<void> {
  const deadline = performance.now() + READY_LIMIT_MS
  while (!(await accepts(port))) {
    if (!child.isRunning || performance.now() > deadline) throw new Error('nginx did not begin to listen')
    await sleep(2)
  }
}

async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    const settle = (listening: boolean) => {
      socket.destroy()
      resolve(listening)
    }
    socket.once('connect', () => settle(true)).once('error', () => settle(false))
  })
}
