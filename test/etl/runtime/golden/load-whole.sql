LOCK "peaches_loads";
SELECT 1 / (CASE WHEN c0.n0 = 0 THEN 1 ELSE 0 END) AS "not_loaded_yet" FROM (SELECT count(*) AS n0 FROM "peaches_loads" WHERE (table_name = 'cms.words' AND scope = '{}' AND batch = 'b1')) AS c0;
DELETE FROM "cms"."words";
COPY "cms"."words" ("word") FROM 's3://demo-staging/load/feed/cms.words/0123456789abcdef/manifest.json' IAM_ROLE 'arn:aws:iam::123456789012:role/demo-copy' MANIFEST FORMAT AS JSON 'auto' GZIP DATEFORMAT 'YYYY-MM-DD' TIMEFORMAT 'auto' MAXERROR 0 COMPUPDATE OFF STATUPDATE OFF;
SELECT 1 / (CASE WHEN c0.n0 = 3 AND c0.n1 = 2 THEN 1 ELSE 0 END) AS "all_rows_came" FROM (SELECT count(*) AS n0, count("word") AS n1 FROM "cms"."words") AS c0;
DELETE FROM "peaches_loads" WHERE (table_name = 'cms.words' AND scope = '{}');
INSERT INTO "peaches_loads" (table_name, scope, batch, row_count, added_count, loaded_at) SELECT 'cms.words', '{}', 'b1', 3, count(*), getdate() FROM "cms"."words";
DELETE FROM cms.words WHERE word = 'x';
