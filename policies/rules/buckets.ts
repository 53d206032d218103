import { text } from './attributes.ts';
import type { Model, Resource } from './model.ts';
import { fault, judgeEach, type Fault, type Located } from './rule.ts';

/** A bucket's other half: a resource of its own that belongs to it. */
export const partOf = (model: Model, bucket: Resource, type: string): Resource | undefined =>
  model.attached(bucket, type, 'bucket')[0];

/** Judges one part of every bucket; a bucket that lacks it is a fault. @param missing `has no ...` */
export const judgeBucketPart = (
  model: Model,
  type: string,
  missing: string,
  judge: (part: Resource, bucket: Resource) => readonly (Fault | boolean | undefined)[],
): Located[] =>
  judgeEach(model, ['aws_s3_bucket'], (bucket) => {
    const part = partOf(model, bucket, type);
    return part === undefined
      ? [fault(missing, `Add ${type}, or make the bucket with PrivateBucket.`)]
      : judge(part, bucket);
  });

/** Whether another bucket's access logs are delivered into this one. */
export const takesAccessLogs = (model: Model, bucket: Resource): boolean =>
  model
    .of('aws_s3_bucket_logging')
    .some(({ values }) => model.find('aws_s3_bucket', text(values, 'target_bucket')) === bucket);
