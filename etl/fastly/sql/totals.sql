-- Minutes are summed as whole milliseconds, so that order changes nothing.
SELECT
  count(*)::DOUBLE AS groups,
  coalesce(sum(request_count), 0)::DOUBLE AS requests,
  coalesce(sum(request_size_bytes), 0)::DOUBLE AS bytes,
  coalesce(sum(round(minutes_watched * 60000)::BIGINT), 0)::DOUBLE / 60000 AS minutes,
  coalesce(sum(channel_start), 0)::DOUBLE AS starts
FROM read_parquet($files)
