-- One log's slots, as SlotReader wrote them, to Parquet. Rejected rows are counted beside them by class.
COPY (
  SELECT * REPLACE (coalesce(class, '') AS class)
  FROM read_csv(
    $lines,
    auto_detect = false, header = false, parallel = false,
    delim = ',', quote = '"', escape = '"', new_line = '\n',
    columns = {
      'transaction_id': 'VARCHAR',
      'class': 'VARCHAR',
      'max_ads': 'BIGINT',
      'max_duration': 'BIGINT',
      'time_unfilled': 'BIGINT',
      'ads_selected': 'BIGINT',
      'ad_duration': 'BIGINT',
      'site_id': 'VARCHAR',
      'site_section_id': 'VARCHAR',
      'series_id': 'VARCHAR',
      'platform_device_id': 'VARCHAR',
      'video_asset_id': 'VARCHAR'
    },
    buffer_size = 1048576, max_line_size = 65536
  )
) TO $target (FORMAT parquet, KV_METADATA {rejected_by_class: $rejected});
