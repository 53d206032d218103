-- The slots of one class, in the order of files and rows.
COPY (
  SELECT
    transaction_id AS "transactionId",
    max_ads AS "maxAds",
    max_duration AS "maxDurationSeconds",
    time_unfilled AS "timeUnfilledSeconds",
    ads_selected AS "adsSelected",
    ad_duration AS "adDurationSeconds",
    site_id AS "siteId",
    site_section_id AS "siteSectionId",
    series_id AS "seriesId",
    platform_device_id AS "platformDeviceId",
    video_asset_id AS "videoAssetId"
  FROM read_parquet($files)
  WHERE class = $class
) TO $target (FORMAT json);
