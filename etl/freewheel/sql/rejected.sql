-- Rejected slot rows of one class over the day, as `slots` counted them beside each file.
SELECT coalesce(sum((decode(value) ->> ('$."' || $class || '"'))::BIGINT), 0)::DOUBLE AS rejected
FROM parquet_kv_metadata($files)
WHERE decode(key) = 'rejected_by_class';
