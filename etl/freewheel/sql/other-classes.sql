-- Slots of classes that nobody asked for.
SELECT class, count(*)::DOUBLE AS slots
FROM read_parquet($files)
WHERE NOT list_contains($classes, class)
GROUP BY class
ORDER BY class;
