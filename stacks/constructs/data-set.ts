import { aliasOf, type DataSet as Declared, type FeedDeclaration } from '../../etl/feed.ts';
import { splitPath } from '../../etl/locate.ts';
import type { Environment } from '../../config/environment.ts';
import { bucketArn, bucketName, dataSetId, readerPurpose } from '../../config/names.ts';
import { BUILD_ON_DATA_SET, readerPolicy } from '../../policies/data-set.ts';
import { readerTrustPolicy } from '../../policies/trust.ts';
import { QuicksightDataSet, QuicksightDataSource, QuicksightRefreshSchedule } from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { BoundedRole } from './bounded-role.ts';

export interface DataSetProps {
  readonly env: Environment;
  readonly feed: FeedDeclaration;
  readonly name: string;
  readonly dataSet: Declared<unknown>;
  /** ARNs of those who may build on it. */
  readonly users: readonly string[];
  readonly dataKeyArn: string;
}

/** Files of one manifest, as QuickSight imports them into SPICE every hour. */
interface Files {
  readonly id: string;
  readonly title: string;
  readonly bucket: string;
  readonly manifest: string;
  readonly columns: ReadonlyMap<string, 'text' | 'time'>;
  readonly role: BoundedRole;
  /** Who may build on it. */
  readonly users: readonly string[];
  /** Data set of the rules by which rows are shown; without one, whoever may see the data set sees all of it. */
  readonly rules?: QuicksightDataSet;
}

/** A data set of QuickSight, whose rows only those see whom its rules name; nobody is shown the rules. */
export class DataSet extends Construct {
  constructor(scope: Construct, id: string, { env, feed, name, dataSet, users, dataKeyArn }: DataSetProps) {
    super(scope, id);
    const [bucketOfFeed, prefix] = splitPath(dataSet.published);
    const bucket = bucketName(env, aliasOf(feed.name, bucketOfFeed));
    const role = new BoundedRole(this, 'reader', {
      env,
      purpose: readerPurpose(feed.name, name),
      description: `QuickSight reads ${dataSet.title}`,
      trust: readerTrustPolicy(),
      policy: readerPolicy({
        region: env.region,
        published: { bucketArn: bucketArn(env, bucket), prefix },
        dataKeyArn,
      }),
    });
    const ruleColumns = dataSet.rules.columns(env.feeds[feed.name]);
    const rules = this.files('rules', {
      id: `${dataSetId(env, feed.name, name)}-rules`,
      title: `${dataSet.title}: who sees which rows`,
      bucket,
      manifest: prefix + dataSet.rules.manifest,
      columns: new Map(ruleColumns.map((column) => [column, 'text'])),
      role,
      users: [],
    });
    this.files('rows', {
      id: dataSetId(env, feed.name, name),
      title: dataSet.title,
      bucket,
      manifest: prefix + dataSet.manifest,
      columns: dataSet.columns,
      role,
      users,
      rules,
    });
  }

  private files(kind: string, files: Files): QuicksightDataSet {
    const { id, title, role, users, rules } = files;
    const source = new QuicksightDataSource(this, `${kind}-source`, {
      dataSourceId: id,
      name: title,
      type: 'S3',
      parameters: {
        s3: {
          manifestFileLocation: { bucket: files.bucket, key: files.manifest },
          roleArn: role.role.arn,
        },
      },
      dependsOn: [role.policy],
    });
    const dataSet = new QuicksightDataSet(this, kind, {
      dataSetId: id,
      name: title,
      importMode: 'SPICE',
      ...tables(files.columns, source.arn),
      ...(users.length === 0
        ? {}
        : { permissions: users.map((principal) => ({ principal, actions: BUILD_ON_DATA_SET })) }),
      ...(rules === undefined
        ? {}
        : {
            rowLevelPermissionDataSet: {
              arn: rules.arn,
              permissionPolicy: 'GRANT_ACCESS',
              formatVersion: 'VERSION_1',
              status: 'ENABLED',
            },
          }),
    });
    new QuicksightRefreshSchedule(this, `${kind}-refresh`, {
      dataSetId: dataSet.dataSetId,
      scheduleId: 'hourly',
      schedule: [{ refreshType: 'FULL_REFRESH', scheduleFrequency: [{ interval: 'HOURLY' }] }],
    });
    return dataSet;
  }
}

/** The files as they are, all text, and the table that they become. */
const tables = (columns: Files['columns'], dataSourceArn: string) => ({
  physicalTableMap: [
    {
      physicalTableMapId: 'files',
      s3Source: {
        dataSourceArn,
        inputColumns: [...columns.keys()].map((name) => ({ name, type: 'STRING' })),
        uploadSettings: {
          format: 'CSV',
          delimiter: ',',
          textQualifier: 'DOUBLE_QUOTE',
          containsHeader: true,
          startFromRow: 1,
        },
      },
    },
  ],
  logicalTableMap: [
    {
      logicalTableMapId: 'rows',
      alias: 'rows',
      source: { physicalTableId: 'files' },
      dataTransforms: [...columns].flatMap(([columnName, type]) =>
        type === 'time'
          ? [
              {
                castColumnTypeOperation: {
                  columnName,
                  newColumnType: 'DATETIME',
                  format: "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'",
                },
              },
            ]
          : [],
      ),
    },
  ],
});
