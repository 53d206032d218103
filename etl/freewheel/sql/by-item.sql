-- Capacity of one class over the day by the ids of four dimensions, in one pass over the slots. Impressions
-- count ads of the average length of class and day; a zero denominator gives NULL. Every slot is in one item
-- of each dimension, so the items of any dimension give the average.
WITH items AS (
  SELECT
    CASE
      WHEN grouping(series_id) = 0 THEN 'series'
      WHEN grouping(site_id) = 0 THEN 'sites'
      WHEN grouping(site_section_id) = 0 THEN 'site-sections'
      ELSE 'platform-devices'
    END AS dimension,
    coalesce(series_id, site_id, site_section_id, platform_device_id) AS id,
    count(*)::DOUBLE AS breaks,
    sum(max_ads)::DOUBLE AS max_ads,
    sum(ads_selected)::DOUBLE AS ads_selected,
    sum(time_unfilled)::DOUBLE AS time_unfilled,
    sum(ad_duration)::DOUBLE AS ad_duration,
    sum(max_duration)::DOUBLE AS max_duration
  FROM read_parquet($files)
  WHERE class = $class
  GROUP BY GROUPING SETS ((series_id), (site_id), (site_section_id), (platform_device_id))
),
average AS (
  SELECT sum(ad_duration) / nullif(sum(ads_selected), 0) AS seconds
  FROM items
  WHERE dimension = 'series'
)
SELECT
  dimension,
  average.seconds AS average,
  id,
  breaks,
  max_ads AS "maxAds",
  ads_selected AS "adsSelected",
  time_unfilled AS "timeUnfilledSeconds",
  ad_duration AS "adDurationSeconds",
  max_duration AS "maxDurationSeconds",
  max_duration / nullif(average.seconds, 0) AS "capacityImpressions",
  time_unfilled / nullif(average.seconds, 0) AS "unsoldImpressions",
  "capacityImpressions" - "unsoldImpressions" AS "soldImpressions"
FROM items, average
ORDER BY dimension, id;
