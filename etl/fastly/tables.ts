import type { TableDeclaration } from '../table.ts';

/** Requests by minute, channel, distributor and place; one row a group of equal key. */
export const aggregatedTable = {
  name: 'fastly_log_aggregated_metadata',
  columns: {
    timestamps: 'timestamp',
    status: 'bigint',
    channel_id: 'varchar(256)',
    distributor: 'varchar(512)',
    city: 'varchar(256)',
    country: 'varchar(64)',
    region: 'varchar(64)',
    continent: 'varchar(64)',
    minutes_watched: 'double',
    channel_start: 'bigint',
    request_size_bytes: 'bigint',
    request_count: 'bigint',
    count_720p: 'bigint',
    count_1080p: 'bigint',
    under_720p_count: 'bigint',
    between_720p_and_1080p_count: 'bigint',
    over_1080p_count: 'bigint',
    debug_url: 'varchar(16384)',
    client_request: 'bigint',
  },
  key: [
    'timestamps',
    'status',
    'channel_id',
    'distributor',
    'city',
    'country',
    'region',
    'continent',
    'debug_url',
    'client_request',
  ],
} as const satisfies TableDeclaration;
