/**
 * The arithmetic of the limits as Lua, which Redis runs without anybody in between. It is that of `memory/`, and the same model
 * judges both.
 *
 * Of each subject there are two keys: a hash with its windows (`r`, `t`, `d`: the sum, `rh`…: the newest bucket, `r0`…: the ring)
 * and a sorted set with the leases of its requests under way, by the moment at which they end.
 */

import { createHash } from 'node:crypto'
import { CONCURRENCY_RETRY_MS, DAY, MINUTE } from '../windows.ts'

export interface Script {
  readonly text: string
  readonly sha: string
}

/** Server time; tests hand in their own. */
const CLOCK = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
`

/** The windows: requests and tokens of a minute, tokens of a day. */
const WINDOWS = `
local names = { 'r', 't', 'd' }
local widths = { ${MINUTE.bucketMs}, ${MINUTE.bucketMs}, ${DAY.bucketMs} }
local sizes = { ${MINUTE.buckets}, ${MINUTE.buckets}, ${DAY.buckets} }
`

/** Longer than anything in the hash counts. */
const MINUTE_TTL_MS = 2 * MINUTE.bucketMs * MINUTE.buckets
const DAY_TTL_MS = DAY.bucketMs * (DAY.buckets + 1)
/** Far longer than any lease: leases end by their score, which a Redis that stood still does not move. */
const LEASES_TTL_MS = 86_400_000

/**
 * KEYS: windows and leases of each subject. ARGV: time or '', lease or '' (a later round: no slot and no request), its length,
 * the latest moment up to which leases are over, tokens, then concurrency, rpm, tpm, tpd of each subject, -1 for none.
 * Gives `{0, minute, day, requests of the first, now, tokens that there is room for behind it (-1: no limit)}` or `{kind, subject, current, limit, wait (-1: for ever), now}`.
 */
export const ADMIT = script(`${CLOCK}${WINDOWS}
local count = #KEYS / 2
local over = math.min(now, tonumber(ARGV[4]))
local tokens = tonumber(ARGV[5])
local within = ARGV[2] == ''
local first = within and 2 or 1
local amounts = { 1, tokens, tokens }
local at, seen
-- A clock that was set back stands still until it has caught up; a window that lies wholly in the future begins anew.
repeat
  local steady = true
  local minute, day = math.floor(now / widths[1]), math.floor(now / widths[3])
  local i, j = minute % sizes[1], day % sizes[3]
  at, seen = { minute, minute, day }, {}
  for s = 1, count do
    local found = redis.call('HMGET', KEYS[2 * s - 1], 'rh', 'r', 'r' .. i, 'th', 't', 't' .. i, 'dh', 'd', 'd' .. j)
    for f = 1, 9 do found[f] = tonumber(found[f]) end
    for w = 1, 3 do
      local head = found[3 * w - 2]
      if head and head > at[w] then
        steady = false
        if head - at[w] < sizes[w] then
          now = math.max(now, head * widths[w])
        else
          redis.call('DEL', KEYS[2 * s - 1])
          break
        end
      end
    end
    seen[s] = found
  end
until steady

local refused
local wait = 0
local function refuse(s, kind, current, limit, ms)
  refused = refused or { kind, s - 1, current, limit }
  if wait >= 0 then wait = ms < 0 and ms or math.max(wait, ms) end
end

local function advance(key, w, head, total)
  local name, size, left = names[w], sizes[w], {}
  if head then
    for b = math.max(head, at[w] - size) + 1, at[w] do left[#left + 1] = name .. b % size end
    if at[w] - head < size then
      for _, value in ipairs(redis.call('HMGET', key, unpack(left))) do total = total - (tonumber(value) or 0) end
    else
      total = 0
    end
    redis.call('HDEL', key, unpack(left))
  end
  redis.call('HSET', key, name .. 'h', at[w], name, total)
  return total
end

local function msUntilLeft(key, w, amount)
  local ring = {}
  for b = at[w] - sizes[w] + 1, at[w] do ring[#ring + 1] = names[w] .. b % sizes[w] end
  for k, value in ipairs(redis.call('HMGET', key, unpack(ring))) do
    amount = amount - (tonumber(value) or 0)
    if amount <= 0 then return (at[w] + k) * widths[w] - now end
  end
  return -1
end

local running = {}
for s = 1, count do
  local key, leases, found, moved = KEYS[2 * s - 1], KEYS[2 * s], seen[s], false
  redis.call('ZREMRANGEBYSCORE', leases, '-inf', '(' .. string.format('%d', over))
  running[s] = redis.call('ZCARD', leases)
  local slots = tonumber(ARGV[2 + 4 * s])
  if not within and slots >= 0 and running[s] >= slots then refuse(s, 1, running[s], slots, slots > 0 and ${CONCURRENCY_RETRY_MS} or -1) end
  for w = first, 3 do
    local limit = tonumber(ARGV[2 + 4 * s + w])
    if limit >= 0 then
      local head, total = found[3 * w - 2], found[3 * w - 1] or 0
      if head ~= at[w] then
        total, found[3 * w], moved = advance(key, w, head, total), 0, true
        found[3 * w - 1] = total
      end
      if total + amounts[w] > limit then
        local ms = amounts[w] > limit and -1 or msUntilLeft(key, w, total + amounts[w] - limit)
        refuse(s, w + 1, total, limit, ms)
      end
    end
  end
  if moved then
    local day = found[7] or tonumber(ARGV[5 + 4 * s]) >= 0
    redis.call('PEXPIRE', key, day and ${DAY_TTL_MS} or ${MINUTE_TTL_MS})
  end
end
if refused then
  refused[5], refused[6] = wait, now
  return refused
end

local room = -1
for s = 1, count do
  local key, found, fields = KEYS[2 * s - 1], seen[s], {}
  for w = first, 3 do
    local limit = tonumber(ARGV[2 + 4 * s + w])
    if limit >= 0 then
      local total = (found[3 * w - 1] or 0) + amounts[w]
      if w > 1 then room = room < 0 and limit - total or math.min(room, limit - total) end
      found[3 * w - 1] = total
      local n = #fields
      fields[n + 1], fields[n + 2] = names[w], total
      fields[n + 3], fields[n + 4] = names[w] .. at[w] % sizes[w], (found[3 * w] or 0) + amounts[w]
    end
  end
  if #fields > 0 then redis.call('HSET', key, unpack(fields)) end
  if not within then
    redis.call('ZADD', KEYS[2 * s], now + tonumber(ARGV[3]), ARGV[2])
    if running[s] == 0 then redis.call('PEXPIRE', KEYS[2 * s], ${LEASES_TTL_MS}) end
  end
end
return { 0, at[1], at[3], seen[1][2] or 0, now, room }
`)

/**
 * KEYS as for `ADMIT`. ARGV: lease, minute and day of its counting, unused tokens, then 1 or 0 for tokens of the minute and of the
 * day of each subject: whether they were counted. A lease that is gone has ended already, and gives nothing back again. Where it
 * goes on, or there is none, it is '', and the tokens are given back as often as this is asked.
 */
export const END = script(`
local unused = tonumber(ARGV[4])
local held = ARGV[1] == '' and 1 or 0
for s = 1, ARGV[1] == '' and 0 or #KEYS / 2 do held = held + redis.call('ZREM', KEYS[2 * s], ARGV[1]) end
if held == 0 then return 0 end
local function giveBack(key, name, size, bucket)
  local field = name .. bucket % size
  local found = redis.call('HMGET', key, name .. 'h', name, field)
  local head, counted = tonumber(found[1]), tonumber(found[3])
  if not head or not counted or head < bucket or head - bucket >= size then return end
  local back = math.min(unused, counted)
  redis.call('HSET', key, name, tonumber(found[2]) - back, field, counted - back)
end
if unused > 0 then
  for s = 1, #KEYS / 2 do
    if ARGV[3 + 2 * s] == '1' then giveBack(KEYS[2 * s - 1], 't', ${MINUTE.buckets}, tonumber(ARGV[2])) end
    if ARGV[4 + 2 * s] == '1' then giveBack(KEYS[2 * s - 1], 'd', ${DAY.buckets}, tonumber(ARGV[3])) end
  end
end
return 1
`)

/** KEYS: leases of one organisation's subjects. ARGV: time or '', length, then for each key how many, and their ids. Gives now. */
export const RENEW = script(`${CLOCK}
local ends = now + tonumber(ARGV[2])
local place = 3
for k = 1, #KEYS do
  local pairs = {}
  for i = 1, tonumber(ARGV[place]) do
    pairs[2 * i - 1], pairs[2 * i] = ends, ARGV[place + i]
  end
  if #pairs > 0 then
    redis.call('ZADD', KEYS[k], unpack(pairs))
    redis.call('PEXPIRE', KEYS[k], ${LEASES_TTL_MS})
  end
  place = place + 1 + #pairs / 2
end
return now
`)

function script(text: string): Script {
  return { text, sha: createHash('sha1').update(text).digest('hex') }
}
