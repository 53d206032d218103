import { Buffer } from 'node:buffer';
import type { FeedDeclaration } from '../../etl/feed.ts';
import type { Environment } from '../../config/environment.ts';
import { prefixOf, roleName, securityGroupName } from '../../config/names.ts';
import { TASK_CPU } from '../../config/processor.ts';
import { AutoscalingGroup, IamInstanceProfile, LaunchTemplate } from '../aws.ts';
import type { Construct } from '../cdktf.ts';
import { closedGroup } from '../constructs/closed-group.ts';
import { EnvironmentStack, tagsOf } from '../environment-stack.ts';
import { foundationOf, HOST } from '../foundation.ts';
import { hostSize } from './size.ts';
import { hostUserData } from './user-data.ts';

/** Resolved by EC2 at each launch, so that a new host is a patched one and a plan shows no change. */
const MACHINE_IMAGE = `resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-${TASK_CPU.toLowerCase()}`;

/** Seconds after which a host is replaced by one of the newest image; its work is in S3, none is lost. */
const LIFETIME = 30 * 24 * 3600;

/**
 * One host that runs the stages by systemd's timers. A group of exactly one replaces it when it fails,
 * in whichever subnet is left, when its template changes, and once a month for the sake of its patches.
 */
export class HostStack extends EnvironmentStack {
  constructor(scope: Construct, env: Environment, feeds: readonly FeedDeclaration[]) {
    super(scope, env, HOST, 'shared');
    const { vpcId, subnetIds } = foundationOf(this, env);
    const name = `${prefixOf(env)}-${HOST}`;
    const tags = { ...tagsOf(env, 'shared'), Name: name };
    const profile = new IamInstanceProfile(this, 'profile', {
      name: roleName(env, HOST),
      role: roleName(env, HOST),
    });
    const { instanceType, volumeGiB } = hostSize(feeds);
    const group = closedGroup(this, ['closed', 'https'], {
      name: securityGroupName(env, HOST),
      vpcId,
      of: `Host of ${prefixOf(env)}`,
      to: 'AWS and to the sources of the feeds',
    });
    const template = new LaunchTemplate(this, 'template', {
      name,
      description: `The host of ${prefixOf(env)}: no key, no open port, sessions by Session Manager`,
      updateDefaultVersion: true,
      imageId: MACHINE_IMAGE,
      instanceType,
      ebsOptimized: 'true',
      iamInstanceProfile: { name: profile.name },
      metadataOptions: {
        httpEndpoint: 'enabled',
        httpTokens: 'required',
        httpPutResponseHopLimit: 1,
        instanceMetadataTags: 'disabled',
      },
      monitoring: { enabled: true },
      networkInterfaces: [
        {
          deviceIndex: 0,
          associatePublicIpAddress: 'false',
          deleteOnTermination: 'true',
          securityGroups: [group.id],
        },
      ],
      blockDeviceMappings: [
        {
          deviceName: '/dev/xvda',
          ebs: {
            encrypted: 'true',
            volumeType: 'gp3',
            volumeSize: volumeGiB,
            deleteOnTermination: 'true',
          },
        },
      ],
      tagSpecifications: ['instance', 'volume', 'network-interface'].map((resourceType) => ({
        resourceType,
        tags,
      })),
      userData: Buffer.from(hostUserData(env)).toString('base64'),
    });
    new AutoscalingGroup(this, 'group', {
      name,
      minSize: 1,
      maxSize: 1,
      desiredCapacity: 1,
      vpcZoneIdentifier: [...subnetIds],
      launchTemplate: { id: template.id, version: `\${${template.fqn}.latest_version}` },
      healthCheckType: 'EC2',
      maxInstanceLifetime: LIFETIME,
      instanceRefresh: { strategy: 'Rolling', preferences: { minHealthyPercentage: 0 } },
      tag: Object.entries(tags).map(([key, value]) => ({ key, value, propagateAtLaunch: true })),
    });
  }
}
