import type { Environment } from '../../config/environment.ts';
import { arnOf } from '../../config/names.ts';
import { glueDatabaseName } from '../../config/warehouse.ts';
import {
  anything,
  grant,
  on,
  ours,
  made,
  serviceLinkedRole,
  tagged,
  type Grant,
  type Grants,
} from './grant.ts';

/** Redshift Serverless gives ids of its own choosing, as EC2 does. What is gone has no tags, and must be seen to be. */
const serverless = (kind: string, make: string, change: string, read: string): readonly Grant[] => [
  grant('redshift-serverless', `${make} TagResource`, on('redshift-serverless', `${kind}/*`), made),
  grant(
    'redshift-serverless',
    `${change} TagResource UntagResource ListTagsForResource`,
    on('redshift-serverless', `${kind}/*`),
    tagged,
  ),
  ours('redshift-serverless', read, `${kind}/*`),
];

const glueResource = (env: Environment, kind: string): string =>
  `${kind}/${glueDatabaseName(env)}${kind === 'database' ? '' : '/*'}`;

/** Where rows are queried and shown. */
export const warehouse: Grants = {
  aws_redshiftserverless_namespace: [
    ...serverless('namespace', 'CreateNamespace', 'UpdateNamespace DeleteNamespace', 'GetNamespace'),
    ours(
      'secretsmanager',
      'CreateSecret DescribeSecret UpdateSecret RotateSecret DeleteSecret TagResource GetSecretValue',
      'secret:redshift!@*',
    ),
    serviceLinkedRole('redshift'),
  ],
  aws_redshiftserverless_workgroup: [
    ...serverless('workgroup', 'CreateWorkgroup', 'UpdateWorkgroup DeleteWorkgroup', 'GetWorkgroup'),
    grant('redshift-data', 'ExecuteStatement', on('redshift-serverless', 'workgroup/*'), tagged),
    grant('redshift-data', 'DescribeStatement GetStatementResult', anything),
    grant(
      'ec2',
      'DescribeAccountAttributes DescribeAddresses DescribeAvailabilityZones DescribeInternetGateways DescribeSecurityGroups DescribeSubnets DescribeVpcAttribute DescribeVpcs',
      anything,
    ),
  ],
  aws_redshiftserverless_usage_limit: [
    grant(
      'redshift-serverless',
      'CreateUsageLimit GetUsageLimit UpdateUsageLimit DeleteUsageLimit',
      anything,
    ),
  ],
  'data.aws_redshiftserverless_workgroup': [ours('redshift-serverless', 'GetWorkgroup', 'workgroup/*')],
  aws_athena_workgroup: [
    ours(
      'athena',
      'CreateWorkGroup GetWorkGroup UpdateWorkGroup DeleteWorkGroup TagResource UntagResource ListTagsForResource',
      'workgroup/@',
    ),
  ],
  aws_glue_catalog_database: [
    grant(
      'glue',
      'CreateDatabase GetDatabase UpdateDatabase DeleteDatabase GetTags TagResource UntagResource',
      (env) =>
        [
          'catalog',
          ...['database', 'table', 'userDefinedFunction'].map((kind) => glueResource(env, kind)),
        ].map((resource) => arnOf(env, 'glue', resource)),
    ),
  ],
  aws_glue_data_catalog_encryption_settings: [
    grant('glue', 'GetDataCatalogEncryptionSettings PutDataCatalogEncryptionSettings', anything),
  ],
  aws_quicksight_data_source: [
    ours(
      'quicksight',
      'CreateDataSource DescribeDataSource UpdateDataSource DeleteDataSource PassDataSource DescribeDataSourcePermissions UpdateDataSourcePermissions TagResource UntagResource ListTagsForResource',
      'datasource/@-*',
    ),
  ],
  aws_quicksight_data_set: [
    ours(
      'quicksight',
      'CreateDataSet DescribeDataSet UpdateDataSet DeleteDataSet PassDataSet DescribeDataSetPermissions UpdateDataSetPermissions DescribeDataSetRefreshProperties TagResource UntagResource ListTagsForResource',
      'dataset/@-*',
    ),
  ],
  aws_quicksight_refresh_schedule: [
    ours(
      'quicksight',
      'CreateRefreshSchedule DescribeRefreshSchedule UpdateRefreshSchedule DeleteRefreshSchedule',
      'dataset/@-*',
    ),
  ],
};
