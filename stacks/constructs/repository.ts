import type { Environment } from '../../config/environment.ts';
import { repositoryName } from '../../config/names.ts';
import { EcrLifecyclePolicy, EcrRepository } from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { keepData } from '../environment-stack.ts';

const UNTAGGED_DAYS = 7;

/**
 * Holds the versions of one image under immutable tags. Only what lost its tag expires by itself: a
 * rule by age or number can't know which digests are in use, `images prune` does.
 */
export class Repository extends Construct {
  readonly repository: EcrRepository;

  constructor(scope: Construct, id: string, env: Environment, image: string, dataKeyArn: string) {
    super(scope, id);
    this.repository = new EcrRepository(this, 'repository', {
      name: repositoryName(env, image),
      imageTagMutability: 'IMMUTABLE',
      imageScanningConfiguration: { scanOnPush: true },
      encryptionConfiguration: [{ encryptionType: 'KMS', kmsKey: dataKeyArn }],
      forceDelete: false,
      ...keepData(env),
    });
    new EcrLifecyclePolicy(this, 'lifecycle', {
      repository: this.repository.name,
      policy: JSON.stringify({
        rules: [
          {
            rulePriority: 1,
            description: 'Images without a tag',
            selection: {
              tagStatus: 'untagged',
              countType: 'sinceImagePushed',
              countUnit: 'days',
              countNumber: UNTAGGED_DAYS,
            },
            action: { type: 'expire' },
          },
        ],
      }),
    });
  }
}
