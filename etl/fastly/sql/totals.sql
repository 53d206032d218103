SELECT
  count(*)::DOUBLE AS groups,
  coalesce(sum(request_count), 0)::DOUBLE AS requests,
  coalesce(sum(request_size_bytes), 0)::DOUBLE AS bytes,
  coalesce(sum(minutes_watched), 0) AS minutes,
  coalesce(sum(channel_start), 0)::DOUBLE AS starts
FROM read_parquet($files)
