import type { Environment } from '../../config/environment.ts';
import { keyAlias } from '../../config/names.ts';
import { KmsAlias, KmsKey } from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { keepData } from '../environment-stack.ts';

/** AWS's longest: a key whose deletion was a mistake can still be saved for a month. */
const DELETION_WINDOW_DAYS = 30;

/** A customer-managed key that rotates by itself, under a name. */
export class Key extends Construct {
  readonly arn: string;

  constructor(
    scope: Construct,
    id: string,
    env: Environment,
    props: {
      readonly name: 'data' | 'operations';
      readonly description: string;
      readonly policy: string;
    },
  ) {
    super(scope, id);
    const key = new KmsKey(this, 'key', {
      description: props.description,
      policy: props.policy,
      enableKeyRotation: true,
      deletionWindowInDays: DELETION_WINDOW_DAYS,
      ...keepData(env),
    });
    new KmsAlias(this, 'alias', { name: keyAlias(env, props.name), targetKeyId: key.id });
    this.arn = key.arn;
  }
}
