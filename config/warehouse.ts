import type { FeedDeclaration } from '../etl/feed.ts';
import type { Wiring } from '../etl/runtime/wiring.ts';
import type { Environment, RedshiftSettings } from './environment.ts';
import { bucketName, fit, prefixOf, roleArn, type PlaceScope } from './names.ts';

/** Names and settings of the warehouse, derived from the environment alone. */

type Scope = PlaceScope & Pick<Environment, 'warehouse'>;

/** Stack of the warehouse, by its short name. */
export const WAREHOUSE_STACK = 'warehouse';

/** Alias of the bucket in which loads are staged and Athena leaves its results. */
export const WAREHOUSE_BUCKET = 'warehouse';
/** Prefix of staged loads in it, and of Athena's results. */
export const LOADS_PREFIX = 'load/';
export const ATHENA_PREFIX = 'athena/';

/** Days after which what a killed load has left behind goes, and results that nobody fetched. */
export const WAREHOUSE_EXPIRY: Readonly<Record<string, number>> = { [LOADS_PREFIX]: 7, [ATHENA_PREFIX]: 30 };

/** Purpose of the role under which COPY reads staged loads. */
export const COPY = 'warehouse-copy';

/** Role of the database that owns the rights to load; the roles of loading stages carry it as a tag. */
export const LOADER_ROLE = 'peaches_loader';
/** Tag from which Redshift takes the database roles of an IAM role. */
export const DB_ROLES_TAG = 'RedshiftDbRoles';

/** Database of a warehouse that is made. */
const DATABASE = 'warehouse';

/** Subnets, one a zone, that Redshift Serverless asks for. */
export const LEAST_SUBNETS = 3;

/** The smallest capacity of every region; about 80 hours of it a month. */
export const REDSHIFT_DEFAULTS: RedshiftSettings = {
  baseCapacity: 8,
  monthlyRpuHours: 640,
  snapshotDays: 7,
  athenaScanGiB: 100,
};

export const redshiftSettings = ({ redshift }: Pick<Environment, 'redshift'>): RedshiftSettings => ({
  ...REDSHIFT_DEFAULTS,
  ...redshift,
});

/** Namespace, workgroup and Athena workgroup; Redshift allows 64 characters. */
export const warehouseName = (env: Scope): string => fit(prefixOf(env), 64);

/** AWS forbids names that begin with `sg-`, as a project's might. */
export const warehouseSecurityGroupName = (env: Scope): string => fit(`warehouse-${prefixOf(env)}`, 255);

/** Glue allows no hyphens that Athena could read without quotes. */
export const glueDatabaseName = (env: Scope): string => prefixOf(env).replaceAll('-', '_');

type Server = Extract<Wiring['warehouse'], { kind: 'redshift' }>['server'];

/** Where the tables are, and in which database. */
export const warehouseServer = (env: Scope): { readonly server: Server; readonly database: string } => {
  const there = env.existing?.warehouse;
  if (there === undefined) return { server: { workgroup: warehouseName(env) }, database: DATABASE };
  const { database } = there;
  return {
    server: 'cluster' in there ? { cluster: there.cluster } : { workgroup: there.workgroup },
    database,
  };
};

export const copyRoleArn = (env: Scope): string => roleArn(env, COPY);

/** Whether the environment has a warehouse of its own making. */
export const makesWarehouse = ({
  warehouse,
  existing,
}: Pick<Environment, 'warehouse' | 'existing'>): boolean =>
  warehouse === 'redshift' && existing?.warehouse === undefined;

/** Where a feed stages its loads. */
export const stagingPrefix = (feed: string): string => `${LOADS_PREFIX}${feed}/`;

/** Whether a stage of the environment loads tables of its warehouse. */
export const loadsTables = (env: Scope, { stages }: FeedDeclaration, stage: string): boolean =>
  env.warehouse === 'redshift' && stages[stage]?.tables !== undefined;

/** What a feed's workers must know of the warehouse. */
export const warehouseWiring = (env: Scope, { name }: Pick<FeedDeclaration, 'name'>): Wiring['warehouse'] =>
  env.warehouse === 'none'
    ? { kind: 'none' }
    : {
        kind: 'redshift',
        ...warehouseServer(env),
        copyRoleArn: copyRoleArn(env),
        stagingBucket: bucketName(env, WAREHOUSE_BUCKET),
        stagingPrefix: stagingPrefix(name),
      };
