import type { ColumnType, TableDeclaration } from '../table.ts';

/** The nine first-level arrays of a document, in the order in which they are delivered. */
export const ARRAYS = [
  'events',
  'channels',
  'contents',
  'credits',
  'genres',
  'pictures',
  'products',
  'series',
  'titles',
] as const;

export type ArrayName = (typeof ARRAYS)[number];

export const isArrayName = (name: string): name is ArrayName => (ARRAYS as readonly string[]).includes(name);

/** Columns by array, in the order of the tables; `x+` stands for the two columns `x` and `x_ref`. */
const COLUMNS: Readonly<Record<ArrayName, string>> = {
  events: `event_id channel_id title_id availability_start+ availability_end+ duration_in_seconds+
    original_languages dubbed_languages supplemental_audio_descriptions caption_languages
    supplemental_caption_languages original_resolution network_recording_blackout network_recording_license is3d
    products actual_start+ actual_end+ title_count mag_id resolution sign_languages replay_display_age
    replay_contains_adult replay_min_age is_adult replay audio_mix_type tstv_link_id ppv`,
  channels: `channel_name channel_id pre_padding_time+ post_padding_time+ original_languages pictures
    allow_start_over allow_replay replay_seconds is_vosdal resolution is_adult is_audio_only linear_products
    replay replay_trick_play_control is3_d is_hidden context_menu_actions ldvr_trick_play_control custom_props
    service_genre_ids is_ppv ndvr_enabled ndvr_pre_padding ndvr_post_padding ndvr_trick_play_control
    has_ldvr_channel_based_authorization has_ldvr_restrict_cpe_streaming ndvr_blackout
    replay_tv_disabled_on_mobile_client blackout_mode ndvr_retention_limit content_provider is_watershed
    channel_replacement`,
  contents: `content_id title_id duration_in_seconds+ product_ids vod_back_office_id is_catchup_tv resolution
    first_availability last_availability products_for_content encoding_profile est airflow_id
    original_languages discoverable_as_vod dubbed_languages supplemental_audio_descriptions caption_languages
    supplemental_caption_languages sign_languages go_playable end_credits_timestamp audio_mix_type billing_id
    provider_id package_asset_id catchup branding_provider_id`,
  credits: 'given_name family_name ordinal_number role',
  genres: 'title term_id scheme',
  pictures: 'url type',
  products: `product_id content_ids availability_start+ availability_end+ currency type list_price
    content_provider_id product_title is_adult allow_start_over allow_replay replay_seconds is_vosdal
    channel_ids rental_period names pictures eds_product_id billing_id`,
  series: `series_id season_name series_name language pictures is_adult production_date genres
    production_locations short_synopsis long_synopsis has_titles all_genres year_of_production_start
    category_ids keywords is_boxset parent_series_name season_number parent_series_id original_name
    year_of_production_end number_of_episodes sort_name`,
  titles: `title_id name pictures episode_name episode_number series_id minimum_age duration_in_seconds+
    language genres actors directors producers short_synopsis long_synopsis production_locations is_adult
    sort_name all_genres is_tstv keywords is_preview category_ids preview_title_ids replay_genre_term_ids
    production_date content_provider_id provider_id original_name offline_viewing streaming_popularity_week
    streaming_popularity_month streaming_popularity_day provider_asset_id mep_id parental_guidance_text`,
};

/** Columns whose name says what they hold; every other one takes any text, lists and objects as JSON. */
const TYPES: readonly (readonly [RegExp, ColumnType])[] = [
  [/^list_price$/u, 'decimal(12,2)'],
  [/^(availability|actual)_(start|end)$|^(first|last)_availability$/u, 'timestamp'],
  [/^(is_|has_|allow_)|^is3|_enabled$/u, 'boolean'],
  [/_seconds(_ref)?$|_(number|count|age)$|^number_of_|^year_of_|^production_date$/u, 'bigint'],
  [/^streaming_popularity_/u, 'bigint'],
  [/_id$/u, 'varchar(256)'],
];

const typeOf = (column: string): ColumnType =>
  TYPES.find(([pattern]) => pattern.test(column))?.[1] ?? 'varchar(65535)';

/** The column that names an element; the elements of the other arrays have no name of their own. */
export const ID_COLUMNS: Readonly<Partial<Record<ArrayName, string>>> = {
  events: 'event_id',
  channels: 'channel_id',
  contents: 'content_id',
  products: 'product_id',
  series: 'series_id',
  titles: 'title_id',
};

/** Columns that refer to the element of another array by its id. */
export const REFERENCES: readonly {
  readonly from: ArrayName;
  readonly column: string;
  readonly to: ArrayName;
}[] = [
  { from: 'events', column: 'channel_id', to: 'channels' },
  { from: 'events', column: 'title_id', to: 'titles' },
  { from: 'contents', column: 'title_id', to: 'titles' },
  { from: 'titles', column: 'series_id', to: 'series' },
];

/** Whole numbers that the programs before this feed filled with -999 where they are missing. */
export const SENTINEL_COLUMNS: Readonly<Partial<Record<ArrayName, ReadonlySet<string>>>> = {
  series: new Set([
    'production_date',
    'year_of_production_start',
    'season_number',
    'year_of_production_end',
    'number_of_episodes',
  ]),
  titles: new Set([
    'episode_number',
    'minimum_age',
    'duration_in_seconds',
    'duration_in_seconds_ref',
    'production_date',
    'streaming_popularity_week',
    'streaming_popularity_month',
    'streaming_popularity_day',
  ]),
};

export const SENTINEL = -999;

/** Columns of the source's elements. */
export const columnsOf = (array: ArrayName): Readonly<Record<string, ColumnType>> =>
  Object.fromEntries(
    COLUMNS[array]
      .split(/\s+/u)
      .flatMap((word) => (word.endsWith('+') ? [word.slice(0, -1), `${word.slice(0, -1)}_ref`] : [word]))
      .map((column) => [column, typeOf(column)]),
  );

const tableOf = (array: ArrayName): TableDeclaration => ({
  name: `tv_aug_${array}_metadata`,
  columns: {
    ...columnsOf(array),
    ingest_time: 'timestamp',
    region: 'varchar(16)',
    // Place in its array, from 1: credits, genres and pictures have nothing else that tells them apart.
    ordinal: 'bigint',
  },
  key: ['ingest_time', 'region', 'ordinal'],
});

export const tables: Readonly<Record<ArrayName, TableDeclaration>> = {
  events: tableOf('events'),
  channels: tableOf('channels'),
  contents: tableOf('contents'),
  credits: tableOf('credits'),
  genres: tableOf('genres'),
  pictures: tableOf('pictures'),
  products: tableOf('products'),
  series: tableOf('series'),
  titles: tableOf('titles'),
};
