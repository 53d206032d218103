SELECT coalesce(sum(request_count), 0)::DOUBLE AS requests
FROM read_json($files, format = 'newline_delimited', compression = 'gzip', columns = {request_count: 'BIGINT'})
