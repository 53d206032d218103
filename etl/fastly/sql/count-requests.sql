SELECT coalesce(sum(request_count), 0)::DOUBLE AS requests
FROM read_json($files, format = 'newline_delimited', compression = 'gzip', maximum_object_size = 1048576, columns = {request_count: 'BIGINT'})
