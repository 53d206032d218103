CREATE TABLE "views" ("seen" timestamp, "day" date, "site" varchar(64), "count" bigint, "share" double precision, "price" decimal(18,4), "live" boolean);
INSERT INTO "peaches_migrations" (table_name, column_name, column_type, applied_at) VALUES ('views', 'seen', 'timestamp', getdate()), ('views', 'day', 'date', getdate()), ('views', 'site', 'varchar(64)', getdate()), ('views', 'count', 'bigint', getdate()), ('views', 'share', 'double', getdate()), ('views', 'price', 'decimal(18,4)', getdate()), ('views', 'live', 'boolean', getdate());
CREATE SCHEMA IF NOT EXISTS "cms";
CREATE TABLE "cms"."words" ("word" varchar(65535));
INSERT INTO "peaches_migrations" (table_name, column_name, column_type, applied_at) VALUES ('cms.words', 'word', 'varchar(65535)', getdate());
