-- Sums of one class over the day.
SELECT
  count(*)::DOUBLE AS slots,
  coalesce(sum(max_duration), 0)::DOUBLE AS opportunities,
  coalesce(sum(time_unfilled), 0)::DOUBLE AS missed
FROM read_parquet($files)
WHERE class = $class;
