SELECT * REPLACE (timestamps::VARCHAR AS timestamps) FROM read_parquet($file)
