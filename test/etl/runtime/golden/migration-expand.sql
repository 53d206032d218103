ALTER TABLE "views" ADD COLUMN "seen" timestamp;
ALTER TABLE "views" ADD COLUMN "count" bigint;
ALTER TABLE "views" ADD COLUMN "share" double precision;
ALTER TABLE "views" ADD COLUMN "live" boolean;
INSERT INTO "peaches_migrations" (table_name, column_name, column_type, applied_at) VALUES ('views', 'seen', 'timestamp', getdate()), ('views', 'count', 'bigint', getdate()), ('views', 'share', 'double', getdate()), ('views', 'live', 'boolean', getdate());
