import {
  EC2Client,
  paginateDescribeInstances,
  paginateDescribeNatGateways,
  paginateDescribeVpcEndpoints,
} from '@aws-sdk/client-ec2';
import {
  IAMClient,
  ListPolicyTagsCommand,
  ListRoleTagsCommand,
  ListUserTagsCommand,
  paginateListPolicies,
  paginateListRoles,
  paginateListUsers,
  type Tag,
} from '@aws-sdk/client-iam';
import { DescribeKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import {
  paginateGetResources,
  ResourceGroupsTaggingAPIClient,
} from '@aws-sdk/client-resource-groups-tagging-api';
import type { Environment } from '../config/environment.ts';
import { prefixOf } from '../config/names.ts';
import { clientSettings } from '../config/access.ts';

/** Something that an environment has in its account, whoever's state knows it. */
export interface FoundResource {
  readonly arn: string;
  /** `s3`, `kms`, `iam` */
  readonly service: string;
  /** `bucket`, `key`, `role` */
  readonly kind: string;
  /** What a person calls it: the ARN's last part. */
  readonly name: string;
  /** Whether it costs something by being there. */
  readonly billable: boolean;
  /** Instant, ISO 8601, at which it goes away by itself. */
  readonly goneAt?: string;
}

/** Kinds that cost nothing while nobody uses them. */
const FREE = new Set([
  'ec2:dhcp-options',
  'ec2:internet-gateway',
  'ec2:network-acl',
  'ec2:route-table',
  'ec2:security-group',
  'ec2:security-group-rule',
  'ec2:subnet',
  'ec2:vpc',
  'ecs:cluster',
  'ecs:task-definition',
  'events:rule',
  'iam:policy',
  'iam:role',
  'iam:user',
  'scheduler:schedule-group',
  'sns:topic',
  'sqs:queue',
  'states:stateMachine',
]);

/** What the services whose ARN has no kind in it call their resources. */
const KINDS: Readonly<Record<string, string>> = { s3: 'bucket', sns: 'topic', sqs: 'queue' };

/** @param arn `arn:aws:SERVICE:REGION:ACCOUNT:RESOURCE` */
export const resourceOf = (arn: string): FoundResource => {
  const [, , service = '', , , ...rest] = arn.split(':');
  const resource = rest.join(':');
  const separator = resource.search(/[:/]/);
  const fixed = KINDS[service];
  const kind = fixed ?? resource.slice(0, Math.max(separator, 0));
  const name = fixed === undefined ? resource.slice(separator + 1) : resource;
  return { arn, service, kind, name, billable: !FREE.has(`${service}:${kind}`) };
};

type Scope = Pick<Environment, 'project' | 'name' | 'region'>;

const taggedResources = async (
  scope: Scope,
  settings: ReturnType<typeof clientSettings>,
): Promise<string[]> => {
  const client = new ResourceGroupsTaggingAPIClient(settings);
  const arns: string[] = [];
  const TagFilters = [
    { Key: 'project', Values: [scope.project] },
    { Key: 'environment', Values: [scope.name] },
  ];
  try {
    for await (const page of paginateGetResources({ client }, { TagFilters })) {
      for (const { ResourceARN } of page.ResourceTagMappingList ?? [])
        if (ResourceARN) arns.push(ResourceARN);
    }
    return arns;
  } finally {
    client.destroy();
  }
};

/** IAM answers no question by tag; names narrow the search, tags decide. */
const identities = async (scope: Scope, settings: ReturnType<typeof clientSettings>): Promise<string[]> => {
  const client = new IAMClient(settings);
  const prefix = `${prefixOf(scope)}-`;
  const found: string[] = [];
  const keep = (arn: string | undefined, { Tags = [] }: { Tags?: Tag[] | undefined }): void => {
    const tags = new Map(Tags.map(({ Key, Value }) => [Key, Value]));
    const ours = tags.get('project') === scope.project && tags.get('environment') === scope.name;
    if (ours && arn !== undefined) found.push(arn);
  };
  try {
    for await (const { Roles = [] } of paginateListRoles({ client }, {})) {
      for (const { Arn, RoleName } of Roles) {
        if (RoleName?.startsWith(prefix)) keep(Arn, await client.send(new ListRoleTagsCommand({ RoleName })));
      }
    }
    for await (const { Policies = [] } of paginateListPolicies({ client }, { Scope: 'Local' })) {
      for (const { Arn, PolicyName } of Policies) {
        if (!PolicyName?.startsWith(prefix)) continue;
        keep(Arn, await client.send(new ListPolicyTagsCommand({ PolicyArn: Arn })));
      }
    }
    for await (const { Users = [] } of paginateListUsers({ client }, {})) {
      for (const { Arn, UserName } of Users) {
        if (UserName?.startsWith(prefix)) keep(Arn, await client.send(new ListUserTagsCommand({ UserName })));
      }
    }
    return found;
  } finally {
    client.destroy();
  }
};

/** A deleted key stays for its waiting time, at no cost. */
const withKeyState = async (resource: FoundResource, client: KMSClient): Promise<FoundResource> => {
  if (resource.service !== 'kms' || resource.kind !== 'key') return resource;
  const { KeyMetadata } = await client.send(new DescribeKeyCommand({ KeyId: resource.arn }));
  const goneAt = KeyMetadata?.DeletionDate?.toISOString();
  return goneAt === undefined ? resource : { ...resource, billable: false, goneAt };
};

/**
 * Instances, gateways and endpoints on which AWS still shows tags for an hour after they were deleted.
 * @param kinds what was found; a caller may have no right to ask for others
 */
const deletedOnes = async (
  scope: Scope,
  kinds: ReadonlySet<string>,
  settings: ReturnType<typeof clientSettings>,
): Promise<ReadonlySet<string | undefined>> => {
  const client = new EC2Client(settings);
  const ours = [
    { Name: 'tag:project', Values: [scope.project] },
    { Name: 'tag:environment', Values: [scope.name] },
  ];
  const deleted = new Set<string | undefined>();
  const note = (id: string | undefined, state = ''): void => {
    if (ENDED.has(state.toLowerCase())) deleted.add(id);
  };
  try {
    if (kinds.has('instance')) {
      for await (const { Reservations = [] } of paginateDescribeInstances({ client }, { Filters: ours })) {
        const instances = Reservations.flatMap(({ Instances = [] }) => Instances);
        for (const { InstanceId, State } of instances) note(InstanceId, State?.Name);
      }
    }
    if (kinds.has('natgateway')) {
      for await (const { NatGateways = [] } of paginateDescribeNatGateways({ client }, { Filter: ours })) {
        for (const { NatGatewayId, State } of NatGateways) note(NatGatewayId, State);
      }
    }
    if (kinds.has('vpc-endpoint')) {
      for await (const { VpcEndpoints = [] } of paginateDescribeVpcEndpoints({ client }, { Filters: ours })) {
        for (const { VpcEndpointId, State } of VpcEndpoints) note(VpcEndpointId, State);
      }
    }
    return deleted;
  } finally {
    client.destroy();
  }
};

const ENDED = new Set(['deleted', 'deleting', 'shutting-down', 'terminated']);

/**
 * What an environment has in its account: everything with its tags, and its
 * roles, policies and users. Terraform's state is not asked, so it also finds
 * what a state lost.
 *
 * @param environment endpoint and credentials
 * @returns sorted by ARN; AWS may show what was deleted in the last minutes
 */
export const inventoryOf = async (
  scope: Scope,
  environment: NodeJS.ProcessEnv,
): Promise<readonly FoundResource[]> => {
  const settings = clientSettings({ region: scope.region, environment });
  const arns = new Set([...(await taggedResources(scope, settings)), ...(await identities(scope, settings))]);
  const found = [...arns].sort().map(resourceOf);
  const deleted = await deletedOnes(scope, new Set(found.map(({ kind }) => kind)), settings);
  const keys = new KMSClient(settings);
  try {
    const resources: FoundResource[] = [];
    for (const resource of found) {
      if (!deleted.has(resource.name)) resources.push(await withKeyState(resource, keys));
    }
    return resources;
  } finally {
    keys.destroy();
  }
};
