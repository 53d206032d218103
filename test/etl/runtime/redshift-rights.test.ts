import { expect, test } from '@jest/globals';
import { createRole, findRole, grantStatements } from '../../../etl/runtime/redshift-rights.ts';

const loaders = {
  role: 'peaches_loader',
  database: 'warehouse',
  copyRoleArn: 'arn:aws:iam::123456789012:role/copy',
};

test('loaders may make, change and fill tables, drop none, and COPY with one role', () => {
  expect([findRole(loaders), createRole(loaders), ...grantStatements(loaders)]).toEqual([
    `SELECT role_name FROM svv_roles WHERE role_name = 'peaches_loader'`,
    `CREATE ROLE "peaches_loader"`,
    `GRANT CREATE, TEMP ON DATABASE "warehouse" TO ROLE "peaches_loader"`,
    `GRANT CREATE, USAGE FOR SCHEMAS IN DATABASE "warehouse" TO ROLE "peaches_loader"`,
    `GRANT SELECT, INSERT, UPDATE, DELETE, ALTER, TRUNCATE FOR TABLES IN DATABASE "warehouse" TO ROLE "peaches_loader"`,
    'REVOKE ASSUMEROLE ON ALL FROM PUBLIC FOR ALL',
    `GRANT ASSUMEROLE ON 'arn:aws:iam::123456789012:role/copy' TO ROLE "peaches_loader" FOR COPY`,
  ]);
});

test('a database whose name is no plain word can not slip anything in', () => {
  expect(() => grantStatements({ ...loaders, database: 'a"; DROP TABLE x' })).toThrow();
});
