-- The sums of an hour, of all its files, as Parquet. Partial sums are whole numbers, so that order changes nothing.
COPY (
  SELECT
    timestamps,
    status,
    channel_id,
    distributor,
    city,
    country,
    region,
    continent,
    sum(watched_ms)::DOUBLE / 60000 AS minutes_watched,
    sum(channel_start)::BIGINT AS channel_start,
    sum(request_size_bytes)::BIGINT AS request_size_bytes,
    sum(request_count)::BIGINT AS request_count,
    sum(count_720p)::BIGINT AS count_720p,
    sum(count_1080p)::BIGINT AS count_1080p,
    sum(under_720p_count)::BIGINT AS under_720p_count,
    sum(between_720p_and_1080p_count)::BIGINT AS between_720p_and_1080p_count,
    sum(over_1080p_count)::BIGINT AS over_1080p_count,
    debug_url,
    client_request
  FROM read_json(
    $files,
    format = 'newline_delimited',
    compression = 'gzip',
    -- Room for one line, of which twice as much is set aside for each thread.
    maximum_object_size = 1048576,
    columns = {
      timestamps: 'TIMESTAMP',
      status: 'BIGINT',
      channel_id: 'VARCHAR',
      distributor: 'VARCHAR',
      city: 'VARCHAR',
      country: 'VARCHAR',
      region: 'VARCHAR',
      continent: 'VARCHAR',
      debug_url: 'VARCHAR',
      client_request: 'BIGINT',
      watched_ms: 'BIGINT',
      channel_start: 'BIGINT',
      request_size_bytes: 'BIGINT',
      request_count: 'BIGINT',
      count_720p: 'BIGINT',
      count_1080p: 'BIGINT',
      under_720p_count: 'BIGINT',
      between_720p_and_1080p_count: 'BIGINT',
      over_1080p_count: 'BIGINT'
    }
  )
  GROUP BY ALL
  ORDER BY ALL
) TO $target (FORMAT parquet, COMPRESSION zstd)
