import type { PlannedChange, PlanResult } from './plan.ts';

/** What is lost when a resource of the type is destroyed or replaced; types that are not listed hold nothing. */
const LOSSES: Readonly<Record<string, string>> = {
  aws_cloudwatch_log_group: 'all log lines in it',
  aws_db_instance: 'the database',
  aws_dynamodb_table: 'all items in it',
  aws_ebs_volume: 'the data on the volume',
  aws_ecr_repository: 'all images in it',
  aws_efs_file_system: 'all files in it',
  aws_kinesis_firehose_delivery_stream: 'records that it has not delivered yet',
  aws_kinesis_stream: 'all records in it',
  aws_kms_key: 'everything that is encrypted with it',
  aws_msk_cluster: 'all topics and their messages',
  aws_redshift_cluster: 'all tables in it',
  aws_redshiftserverless_namespace: 'all tables in it',
  aws_s3_bucket: 'all objects in it, every version',
  aws_secretsmanager_secret: 'the secret value',
  aws_sqs_queue: 'the messages in it',
};

export interface Loss extends PlannedChange {
  /** `all objects in it, every version` */
  readonly lost: string;
}

/** Destructions and replacements of a plan that lose data. */
export const lossesOf = ({ destructive }: PlanResult): readonly Loss[] =>
  destructive.flatMap((change) => {
    const lost = LOSSES[change.type];
    return lost === undefined ? [] : [{ ...change, lost }];
  });
