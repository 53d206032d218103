CREATE ROLE "peaches_loader";

GRANT CREATE, TEMP ON DATABASE "warehouse" TO ROLE "peaches_loader";

GRANT CREATE, USAGE FOR SCHEMAS IN DATABASE "warehouse" TO ROLE "peaches_loader";

GRANT SELECT, INSERT, UPDATE, DELETE, ALTER, TRUNCATE FOR TABLES IN DATABASE "warehouse" TO ROLE "peaches_loader";

REVOKE ASSUMEROLE ON ALL FROM PUBLIC FOR ALL;

GRANT ASSUMEROLE ON 'arn:aws:iam::123456789012:role/acme-dev-warehouse-copy' TO ROLE "peaches_loader" FOR COPY;
