-- Asks for the paths of the file that VITRINE_BENCH_PATHS names, in turn; without it, for wrk's own address.
local file = os.getenv("VITRINE_BENCH_PATHS")
if file then
  local requests, number = {}, 0
  function init()
    for path in io.lines(file) do
      requests[#requests + 1] = wrk.format("GET", path)
    end
  end
  function request()
    number = number % #requests + 1
    return requests[number]
  end
end

-- Prints what wrk measured as one line of JSON, for bench/run. Latencies in microseconds.
function done(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"duration_us":%d,"bytes":%d,"broken":%d,"not_2xx_3xx":%d,"p50_us":%d,"p99_us":%d}',
    summary.requests, summary.duration, summary.bytes,
    errors.connect + errors.read + errors.write + errors.timeout, errors.status,
    latency:percentile(50), latency:percentile(99)))
end
