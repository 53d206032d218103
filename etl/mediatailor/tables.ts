import type { TableDeclaration } from '../table.ts';

/** Every log event once: the 21 columns that reports know, and the id that tells events apart. */
export const interactionsTable = {
  name: 'cwl_mediatailor_ad_decision_server_interactions',
  columns: {
    request_time: 'timestamp',
    aws_account_id: 'varchar(64)',
    customer_id: 'varchar(256)',
    event_description: 'varchar(2048)',
    event_timestamp: 'timestamp',
    event_type: 'varchar(128)',
    origin_id: 'varchar(512)',
    request_id: 'varchar(256)',
    session_id: 'varchar(256)',
    session_type: 'varchar(64)',
    beacon_info_beacon_http_response_code: 'varchar(256)',
    beacon_info_beacon_uri: 'varchar(8192)',
    beacon_info_headers_0_name: 'varchar(256)',
    beacon_info_headers_0_value: 'varchar(2048)',
    beacon_info_headers_1_name: 'varchar(256)',
    beacon_info_headers_1_value: 'varchar(2048)',
    beacon_info_tracking_event: 'varchar(128)',
    message1: 'varchar(65535)',
    message2: 'varchar(65535)',
    message3: 'varchar(65535)',
    message4: 'varchar(65535)',
    log_event_id: 'varchar(256)',
  },
  key: ['log_event_id'],
} as const satisfies TableDeclaration;

const AD_COLUMNS = ['vast_ad_ids', 'ad_systems', 'ad_titles', 'creative_ids', 'creative_ad_ids'] as const;

export type AdColumn = (typeof AD_COLUMNS)[number];

const shown = Object.entries(interactionsTable.columns).filter(
  ([name]) => !name.startsWith('message') && name !== 'log_event_id',
);

/** Columns of the files for QuickSight, and which of them hold text: the table's without messages and id, and ads. */
export const QUICKSIGHT_COLUMNS: ReadonlyMap<string, 'text' | 'time'> = new Map([
  ...shown.map(([name, type]) => [name, type === 'timestamp' ? 'time' : 'text'] as const),
  ...AD_COLUMNS.map((name) => [name, 'text'] as const),
]);

/** Sums over FILLED events by minute; durations in seconds. */
export const fillrateTable = {
  name: 'cwl_mediatailor_fillrate',
  columns: {
    query_date: 'timestamp',
    origin_id: 'varchar(512)',
    filled_duration_sum: 'double',
    origin_avail_duration_sum: 'double',
    num_ads_sum: 'bigint',
    fill_rate: 'double',
  },
  key: ['query_date', 'origin_id'],
} as const satisfies TableDeclaration;

/** Events by minute and type. */
export const adEventTypeTable = {
  name: 'cwl_mediatailor_ad_event_type',
  columns: {
    query_date: 'timestamp',
    origin_id: 'varchar(512)',
    event_type: 'varchar(128)',
    event_count: 'bigint',
  },
  key: ['query_date', 'origin_id', 'event_type'],
} as const satisfies TableDeclaration;

/** Events by minute whose type says that something went wrong, and those of them that name a request. */
export const errorTable = {
  name: 'cwl_mediatailor_error',
  columns: {
    query_date: 'timestamp',
    origin_id: 'varchar(512)',
    event_type: 'varchar(128)',
    event_count: 'bigint',
    request_id_count: 'bigint',
  },
  key: ['query_date', 'origin_id', 'event_type'],
} as const satisfies TableDeclaration;

/** Sessions and addresses of viewers by hour, each counted once. */
export const uniqueUsersTable = {
  name: 'cwl_mediatailor_hourly_unique_users_sessions',
  columns: {
    query_date: 'timestamp',
    origin_id: 'varchar(512)',
    unique_sessions: 'bigint',
    unique_users: 'bigint',
  },
  key: ['query_date', 'origin_id'],
} as const satisfies TableDeclaration;

/** Impression beacons by minute and the host that was told. */
export const impressionBeaconTable = {
  name: 'cwl_mediatailor_impression_beacon',
  columns: {
    query_date: 'timestamp',
    origin_id: 'varchar(512)',
    event_type: 'varchar(128)',
    uri_source: 'varchar(256)',
    event_count: 'bigint',
  },
  key: ['query_date', 'origin_id', 'event_type', 'uri_source'],
} as const satisfies TableDeclaration;
