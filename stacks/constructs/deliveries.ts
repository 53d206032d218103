import { locate } from '../../etl/locate.ts';
import { deliverersOf, type Deliverer, type FeedDeclaration } from '../../etl/feed.ts';
import type { Environment } from '../../config/environment.ts';
import { bucketArn, bucketName, deliveryPurpose, partitionOf } from '../../config/names.ts';
import { deliveryPolicy, deliveryTrustPolicy } from '../../policies/partner.ts';
import { Construct } from '../cdktf.ts';
import { BoundedRole } from './bounded-role.ts';

export interface DeliveriesProps {
  readonly env: Environment;
  readonly feed: FeedDeclaration;
  readonly dataKeyArn: string;
}

/** A role for each of those who write into a feed's buckets from an account of their own. */
export class Deliveries extends Construct {
  constructor(scope: Construct, id: string, { env, feed, dataKeyArn }: DeliveriesProps) {
    super(scope, id);
    for (const [name, deliverer, externalId] of deliverersOf(feed, env.feeds[feed.name])) {
      new BoundedRole(this, name, {
        env,
        purpose: deliveryPurpose(feed.name, name),
        description: deliverer.title,
        trust: deliveryTrustPolicy(partitionOf(env.region), deliverer.account, externalId),
        policy: deliveryPolicy({ region: env.region, writes: prefixesOf(env, feed, deliverer), dataKeyArn }),
      });
    }
  }
}

const prefixesOf = (env: Environment, feed: FeedDeclaration, { writes }: Deliverer<unknown>) =>
  writes.flatMap((path) => {
    const found = locate(feed, env.feeds[feed.name], path);
    return 'own' in found
      ? [{ bucketArn: bucketArn(env, bucketName(env, found.own.alias)), prefix: found.own.prefix }]
      : [];
  });
