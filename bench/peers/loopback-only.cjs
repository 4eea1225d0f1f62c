'use strict'

// Loaded before a peer that would listen on every address of the machine: whatever port it asks for, it gets a free one on
// 127.0.0.1, and says which.

const { Server } = require('node:net')

const listen = Server.prototype.listen

Server.prototype.listen = function listenOnLoopback(...args) {
  const callback = args.findLast((argument) => typeof argument === 'function')
  this.once('listening', () => process.stdout.write(`bench listening on ${this.address().port}\n`))
  return listen.call(this, { host: '127.0.0.1', port: 0, backlog: 4096 }, callback)
}
