-- Counts the requests that nginx answers, and sends the counts to Redis once a second.
--
-- Each worker counts in tables of its own, which costs a request about 3 us. One timer per worker
-- sends them: one XADD a second, whatever the number of requests. No request waits for Redis, and
-- none fails without it: counts are kept until Redis takes them.
--
-- Each batch has a sequence number, and one batch is on its way at a time. A batch whose fate is
-- unknown, because the reply was lost, is sent again with the same number; the reader skips
-- numbers that it has seen. So each request is counted once.
--
-- Needs libnginx-mod-http-lua and no other package. See docs/nginx.md of onetrip.

local _M = {}

-- Series (kind, route, cache status) that one batch has at most; further routes are "(other)".
local MAX_SERIES = 600
-- Lines of misses that one batch has at most; further lines are dropped, and counted as dropped.
local MAX_MISSES = 500
-- Characters of a route.
local MAX_ROUTE = 100
local OTHER = "(other)"
-- Entries that the streams keep at least: of seconds for each worker, of misses for all.
local KEPT_SECONDS = 1000
local KEPT_MISSES = 500
-- How often a worker that ends tries to send its last counts.
local LAST_TRIES = 3
-- Statuses whose requests waited for the application, and get a line.
local MISSED = { MISS = true, EXPIRED = true }

local floor, concat = math.floor, table.concat

-- Set by start().
local settings
-- The batch that is being counted.
local current
-- The batch that is being sent, until Redis has taken it.
local sending
local sequence = 0
local is_flushing = false
local last_flush_is_due = false
-- Where a Redis Cluster says that the key is: { host, port }.
local moved
-- Time of the last line in the error log, in seconds.
local complained

local function new_batch()
  return { from = ngx.now(), series = {}, size = 0, misses = {}, missed = 0, dropped = 0 }
end

-- Index of a time's bucket: exact below 16; above, the value is halved until it is below 32. A
-- bucket is at most 6.25 % wide. It is the layout of onetrip's histograms.
local function bucket_of(value)
  local halvings = 0
  while value >= 32 do
    value = floor(value / 2)
    halvings = halvings + 1
  end
  return 16 * halvings + value
end

local function add_time(histogram, ms)
  local bucket = bucket_of(ms)
  histogram[bucket] = (histogram[bucket] or 0) + 1
end

-- A route as it is stored. Tabs and line ends would end a field.
local function clean(route)
  route = route:gsub("%c", " ")
  return #route > MAX_ROUTE and route:sub(1, MAX_ROUTE) or route
end

local function new_series(kind, route, cache)
  return {
    kind = kind, route = route, cache = cache,
    n = 0, failed = 0, bytes = 0,
    timed = 0, time = 0, times = {},
    upstream_timed = 0, upstream_time = 0, upstream_times = {},
  }
end

local function series_of(kind, route, cache)
  local all = current.series
  local by_route = all[kind]
  if not by_route then by_route = {}; all[kind] = by_route end
  local by_cache = by_route[route]
  if not by_cache then
    if current.size >= MAX_SERIES and route ~= OTHER then return series_of(kind, OTHER, cache) end
    by_cache = {}
    by_route[route] = by_cache
  end
  local series = by_cache[cache]
  if not series then
    series = new_series(kind, clean(route), cache)
    by_cache[cache] = series
    current.size = current.size + 1
  end
  return series
end

-- Adds the times of all upstreams that a request tried, in ms: "0.341", "0.100, 0.002 : 0.050".
local function upstream_ms(text)
  if not text then return nil end
  local sum
  for seconds in text:gmatch("[%d.]+") do sum = (sum or 0) + tonumber(seconds) end
  return sum and floor(sum * 1000 + 0.5)
end

-- The status of the last upstream that a request tried: "502, 200" is 200.
local function last_status(text)
  return text and tonumber(text:match("(%d+)%s*$"))
end

local flush

-- A worker that ends starts no more timers that repeat, but it still answers requests.
local function flush_soon()
  if last_flush_is_due then return end
  last_flush_is_due = ngx.timer.at(0, flush) and true or false
end

-- Counts a request. To be called in log_by_lua.
-- Where $onetrip_route is not set, the route is "-".
function _M.count()
  if not current then return end
  local var = ngx.var
  local cache = var.upstream_cache_status or "-"
  local route = var.onetrip_route
  if not route or route == "" then route = "-" end
  local is_sub = ngx.is_subrequest
  local series = series_of(is_sub and "sub" or "main", route, cache)
  local status = ngx.status
  -- In place of a fragment that failed, nothing is sent.
  if is_sub and status == 204 then status = last_status(var.upstream_status) or status end
  -- Subrequests share the connection's count of bytes with the page around them.
  local bytes = is_sub and 0 or tonumber(var.bytes_sent) or 0
  local waited = cache ~= "HIT" and upstream_ms(var.upstream_response_time) or nil

  series.n = series.n + 1
  series.bytes = series.bytes + bytes
  if status >= 500 then series.failed = series.failed + 1 end

  local ms = floor((ngx.now() - ngx.req.start_time()) * 1000 + 0.5)
  if ms < 0 then ms = 0 end
  -- The time of a page that is refreshed in the background includes the refresh, though its visitor
  -- had the page before.
  if cache ~= "STALE" or waited then
    series.timed = series.timed + 1
    series.time = series.time + ms
    add_time(series.times, ms)
  end
  if waited then
    series.upstream_timed = series.upstream_timed + 1
    series.upstream_time = series.upstream_time + waited
    add_time(series.upstream_times, waited)
  end

  if MISSED[cache] then
    if current.missed < MAX_MISSES then
      current.missed = current.missed + 1
      current.misses[current.missed] = concat({
        floor(ngx.now() * 1000), series.kind, series.route, cache, status, ms, waited or 0, bytes,
      }, "\t")
    else
      current.dropped = current.dropped + 1
    end
  end
  if ngx.worker.exiting() then flush_soon() end
end

local function histogram_text(histogram)
  local buckets = {}
  for bucket in pairs(histogram) do buckets[#buckets + 1] = bucket end
  table.sort(buckets)
  for i, bucket in ipairs(buckets) do buckets[i] = bucket .. ":" .. histogram[bucket] end
  return concat(buckets, ",")
end

local function series_text(batch)
  local lines = {}
  for _, by_route in pairs(batch.series) do
    for _, by_cache in pairs(by_route) do
      for _, s in pairs(by_cache) do
        lines[#lines + 1] = concat({
          s.kind, s.route, s.cache, s.n, s.failed, string.format("%.0f", s.bytes),
          s.timed, s.time, s.upstream_timed, s.upstream_time,
          histogram_text(s.times), histogram_text(s.upstream_times),
        }, "\t")
      end
    end
  end
  return concat(lines, "\n")
end

-- A command as Redis reads it (RESP).
local function command(...)
  local count = select("#", ...)
  local parts = { "*" .. count .. "\r\n" }
  for i = 1, count do
    local argument = tostring((select(i, ...)))
    parts[i + 1] = "$" .. #argument .. "\r\n" .. argument .. "\r\n"
  end
  return concat(parts)
end

-- Takes what was counted as a batch to send. @return nil where nothing was counted
local function take()
  local batch = current
  if batch.size == 0 then return nil end
  current = new_batch()
  sequence = sequence + 1
  return {
    sequence = sequence, from = batch.from, to = ngx.now(), dropped = batch.dropped,
    series = series_text(batch),
    misses = batch.missed > 0 and concat(batch.misses, "\n") or nil,
  }
end

-- @return the commands for a batch, and how many replies they have
local function commands_of(batch)
  local s = settings
  -- Old counts belong to the time before: `age` is how long they have waited, in ms.
  local age = floor((ngx.now() - batch.to) * 1000)
  local function add(stream, kept, name, lines)
    return command(
      "XADD", s.prefix .. ":nginx:" .. stream, "MAXLEN", "~", kept, "*",
      "version", 1, "node", s.node, "worker", s.worker, "boot", s.boot, "sequence", batch.sequence,
      "from", floor(batch.from * 1000), "to", floor(batch.to * 1000), "age", age,
      "dropped", batch.dropped, name, lines)
  end
  local seconds = add("seconds", KEPT_SECONDS * s.workers, "series", batch.series)
  if not batch.misses then return seconds, 1 end
  return seconds .. add("misses", KEPT_MISSES, "lines", batch.misses), 2
end

-- Reads a reply. @return the reply; or false and Redis' refusal; or nil and what happened
local function read_reply(socket)
  local line, err = socket:receive()
  if not line then return nil, err end
  local kind, rest = line:sub(1, 1), line:sub(2)
  if kind == "-" then return false, rest end
  if kind ~= "$" then return rest end
  local length = tonumber(rest)
  if length < 0 then return "" end
  local data, reason = socket:receive(length + 2)
  return data and data:sub(1, length), reason
end

local function ask(socket, text)
  local sent, err = socket:send(text)
  if not sent then return nil, err end
  return read_reply(socket)
end

local function log_in(socket)
  local s = settings
  if s.password then
    local text = s.user and command("AUTH", s.user, s.password) or command("AUTH", s.password)
    local ok, err = ask(socket, text)
    if not ok then return nil, err end
  end
  if s.database ~= 0 then
    local ok, err = ask(socket, command("SELECT", s.database))
    if not ok then return nil, err end
  end
  return true
end

-- @return a socket; or nil and what happened
local function open()
  local s = settings
  local socket = ngx.socket.tcp()
  socket:settimeouts(s.timeout, s.timeout, s.timeout)
  local ok, err
  local options = { pool_size = 1, pool = "onetrip:" .. s.boot .. (moved and concat(moved, ":") or "") }
  if moved then ok, err = socket:connect(moved[1], moved[2], options)
  elseif s.path then ok, err = socket:connect(s.path, options)
  else ok, err = socket:connect(s.host, s.port, options) end
  if not ok then
    moved = nil
    return nil, err
  end
  if socket:getreusedtimes() == 0 then
    if s.tls then ok, err = socket:sslhandshake(nil, moved and moved[1] or s.host, true) end
    if ok then ok, err = log_in(socket) end
    if not ok then
      socket:close()
      return nil, err
    end
  end
  return socket
end

-- Sends a batch. @return true once Redis has all of it; or nil and what happened
local function send(batch)
  local socket, err = open()
  if not socket then return nil, err end
  local text, replies = commands_of(batch)
  local sent
  sent, err = socket:send(text)
  if not sent then
    socket:close()
    return nil, err
  end
  local refused
  for _ = 1, replies do
    local reply, reason = read_reply(socket)
    if reply == nil then
      -- A reply that comes late must not be read as that of a later batch.
      socket:close()
      return nil, reason
    end
    if reply == false then refused = refused or reason end
  end
  -- A connection that is kept would delay the end of a worker.
  if ngx.worker.exiting() then socket:close() else socket:setkeepalive(60000, 1) end
  if not refused then return true end
  local host, port = refused:match("^MOVED %d+ (.*):(%d+)$")
  if host and host ~= "" then moved = { host, tonumber(port) } end
  return nil, refused
end

-- Once a minute at most: Redis may be gone for hours.
local function complain(err)
  if complained and ngx.now() - complained < 60 then return end
  complained = ngx.now()
  -- As an error: the error log leaves out warnings, unless it is told otherwise.
  ngx.log(ngx.ERR, "onetrip: Redis does not take the counts, which are kept until it does: ", err)
end

local function deliver()
  sending = sending or take()
  if not sending then return true end
  local sent, err = send(sending)
  -- A cluster has said where the key is: ask there.
  if not sent and moved and err:find("^MOVED") then sent, err = send(sending) end
  if sent then
    sending = nil
    complained = nil
    return true
  end
  complain(err)
  return false
end

-- Delivers what is left when the worker ends.
local function deliver_last()
  local failures = 0
  while (sending or current.size > 0) and failures < LAST_TRIES do
    if not deliver() then failures = failures + 1 end
  end
end

function flush()
  last_flush_is_due = false
  -- The flush that is running takes what was counted meanwhile.
  if is_flushing then return end
  is_flushing = true
  local ok, err
  if not ngx.worker.exiting() then ok, err = pcall(deliver) end
  if ngx.worker.exiting() then ok, err = pcall(deliver_last) end
  if not ok then ngx.log(ngx.ERR, "onetrip: ", err) end
  is_flushing = false
end

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- Reads redis://user:password@host:port/database, rediss:// for TLS, or unix:/path.
local function read_address(address)
  if address:find("^unix:") then return { path = address, database = 0 } end
  local tls, rest = address:match("^redis(s?)://(.+)$")
  if not rest then error("onetrip: redis must be like redis://127.0.0.1:6379/0 or unix:/run/redis.sock") end
  local login, place = rest:match("^(.*)@([^@]*)$")
  place = place or rest
  local where, database = place:match("^([^/]*)/?(%d*)$")
  if not where then error("onetrip: the database in redis must be a number") end
  local host, port = where:match("^(.-):(%d+)$")
  local user, password
  if login then user, password = login:match("^([^:]*):(.*)$") end
  if login and not password then error("onetrip: redis must be like redis://user:password@host") end
  return {
    tls = tls == "s",
    host = host or where,
    port = tonumber(port) or 6379,
    user = user and user ~= "" and decoded(user) or nil,
    password = password and decoded(password),
    database = tonumber(database) or 0,
  }
end

local function host_name()
  local file = io.open("/proc/sys/kernel/hostname")
  local name = file and file:read("*l")
  if file then file:close() end
  return name or "nginx"
end

-- Of this worker alone, also among those that had its number before a reload.
local function new_boot()
  local file = io.open("/dev/urandom", "rb")
  local bytes = file and file:read(6)
  if file then file:close() end
  if not bytes then return string.format("%d-%d", ngx.worker.pid(), ngx.now() * 1000) end
  return (bytes:gsub(".", function(byte) return string.format("%02x", byte:byte()) end))
end

-- Starts the counts of a worker. To be called in init_worker_by_lua.
-- @param options.redis "redis://127.0.0.1:6379", also with user:password@ and /database, and rediss://;
--   or "unix:/path"
-- @param options.prefix what the keys begin with (default "onetrip")
-- @param options.node the name of this machine (default its host name)
-- @param options.timeout how long Redis may take to connect and to reply, in ms (default 1000)
function _M.start(options)
  -- The processes that manage the cache answer no requests.
  if ngx.worker.id() == nil then return end
  options = options or {}
  settings = read_address(options.redis or "redis://127.0.0.1:6379")
  settings.prefix = options.prefix or "onetrip"
  settings.node = options.node or host_name()
  settings.timeout = options.timeout or 1000
  settings.worker = ngx.worker.id()
  settings.workers = ngx.worker.count()
  settings.boot = new_boot()
  current = new_batch()
  local ok, err = ngx.timer.every(1, flush)
  if not ok then ngx.log(ngx.ERR, "onetrip: no timer, nothing is sent: ", err) end
end

_M.bucket_of = bucket_of

return _M
