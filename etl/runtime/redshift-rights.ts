import { literal } from './redshift-sql.ts';
import { identifier } from './table-rows.ts';

export interface Loaders {
  /** Role of the database that whoever loads is given. */
  readonly role: string;
  readonly database: string;
  /** The only role of IAM that they may COPY with. */
  readonly copyRoleArn: string;
}

/** One row when the role is there. */
export const findRole = ({ role }: Loaders): string =>
  `SELECT role_name FROM svv_roles WHERE role_name = ${literal(role)}`;

export const createRole = ({ role }: Loaders): string => `CREATE ROLE ${identifier(role)}`;

/**
 * What an administrator lets loaders do, each statement by itself and as often as one likes: make schemas
 * and tables, change and fill all of them, whoever made them, now and later; drop none. Until ASSUMEROLE is
 * taken from PUBLIC, any user may COPY and UNLOAD with any role of the warehouse.
 */
export const grantStatements = ({ role, database, copyRoleArn }: Loaders): readonly string[] => {
  const [to, inDatabase] = [`TO ROLE ${identifier(role)}`, identifier(database)];
  return [
    `GRANT CREATE, TEMP ON DATABASE ${inDatabase} ${to}`,
    `GRANT CREATE, USAGE FOR SCHEMAS IN DATABASE ${inDatabase} ${to}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE, ALTER, TRUNCATE FOR TABLES IN DATABASE ${inDatabase} ${to}`,
    'REVOKE ASSUMEROLE ON ALL FROM PUBLIC FOR ALL',
    `GRANT ASSUMEROLE ON ${literal(copyRoleArn)} ${to} FOR COPY`,
  ];
};
