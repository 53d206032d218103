import type { Environment } from '../../config/environment.ts';
import { bucketName, prefixOf } from '../../config/names.ts';
import { ATHENA_PREFIX, glueDatabaseName, warehouseName, WAREHOUSE_BUCKET } from '../../config/warehouse.ts';
import { AthenaWorkgroup, GlueCatalogDatabase, GlueDataCatalogEncryptionSettings } from '../aws.ts';
import { Construct } from '../cdktf.ts';

interface CatalogProps {
  readonly env: Environment;
  readonly dataKeyArn: string;
  /** What one query may read. */
  readonly scanBytes: number;
}

/**
 * Tables over objects, and the workgroup in which Athena queries them: results encrypted, no client can
 * say otherwise, and no query reads more than it may.
 */
export class Catalog extends Construct {
  constructor(scope: Construct, id: string, { env, dataKeyArn, scanBytes }: CatalogProps) {
    super(scope, id);
    if (env.existing?.catalogEncryption !== true) {
      new GlueDataCatalogEncryptionSettings(this, 'encryption', {
        dataCatalogEncryptionSettings: {
          encryptionAtRest: { catalogEncryptionMode: 'SSE-KMS', sseAwsKmsKeyId: dataKeyArn },
          connectionPasswordEncryption: { returnConnectionPasswordEncrypted: true, awsKmsKeyId: dataKeyArn },
        },
      });
    }
    new GlueCatalogDatabase(this, 'database', {
      name: glueDatabaseName(env),
      description: `Tables over the objects of ${prefixOf(env)}`,
    });
    new AthenaWorkgroup(this, 'queries', {
      name: warehouseName(env),
      description: `Queries over the objects of ${prefixOf(env)}`,
      forceDestroy: false,
      configuration: {
        enforceWorkgroupConfiguration: true,
        publishCloudwatchMetricsEnabled: true,
        bytesScannedCutoffPerQuery: scanBytes,
        resultConfiguration: {
          outputLocation: `s3://${bucketName(env, WAREHOUSE_BUCKET)}/${ATHENA_PREFIX}`,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKeyArn: dataKeyArn },
        },
      },
    });
  }
}
