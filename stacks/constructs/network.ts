import type { Environment } from '../../config/environment.ts';
import { prefixOf } from '../../config/names.ts';
import { flowLogsPolicy } from '../../policies/flow-logs.ts';
import { trustPolicy } from '../../policies/trust.ts';
import {
  DataAwsAvailabilityZones,
  DefaultSecurityGroup,
  Eip,
  FlowLog,
  InternetGateway,
  NatGateway,
  RouteTable,
  RouteTableAssociation,
  Subnet,
  Vpc,
  VpcEndpoint,
} from '../aws.ts';
import { Construct } from '../cdktf.ts';
import { forget } from '../environment-stack.ts';
import { BoundedRole } from './bounded-role.ts';
import { logGroup } from './log-group.ts';

const ANYWHERE = '0.0.0.0/0';
const VPC_CIDR = '10.64.0.0/16';
const PRIVATE_CIDRS = ['10.64.0.0/19', '10.64.32.0/19', '10.64.64.0/19'];
/** Regions that show an account no more than two zones; the others have three at least. */
const TWO_ZONES = new Set(['us-west-1']);
const NAT_CIDR = '10.64.255.0/24';

export interface NetworkProps {
  readonly env: Environment;
  readonly operationsKeyArn: string;
  readonly boundaryArn: string;
  /** Private subnets, each in a zone of its own as far as the region has so many. */
  readonly privateSubnets: number;
}

/**
 * A network for tasks that nobody reaches and that reach the internet: private subnets in several zones,
 * one NAT gateway towards the feeds' APIs, S3 by its own gateway, so that the bulk of the bytes pays
 * no NAT. One NAT gateway, because a scheduled task that misses a zone's outage runs again later.
 */
export class Network extends Construct {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];

  constructor(scope: Construct, id: string, props: NetworkProps) {
    super(scope, id);
    const { env, operationsKeyArn, boundaryArn } = props;
    const name = (part: string) => ({ Name: `${prefixOf(env)}-${part}` });
    const vpc = new Vpc(this, 'vpc', {
      cidrBlock: VPC_CIDR,
      enableDnsHostnames: true,
      enableDnsSupport: true,
      tags: name('vpc'),
    });
    this.vpcId = vpc.id;
    new DefaultSecurityGroup(this, 'default-security-group', {
      vpcId: vpc.id,
      ingress: [],
      egress: [],
      tags: name('closed'),
    });
    const zones = new DataAwsAvailabilityZones(this, 'zones', {
      state: 'available',
      filter: [{ name: 'opt-in-status', values: ['opt-in-not-required'] }],
    });
    const subnet = (part: string, cidrBlock: string, zone: number) =>
      new Subnet(this, part, {
        vpcId: vpc.id,
        cidrBlock,
        availabilityZone: `\${${zones.fqn}.names[${TWO_ZONES.has(env.region) ? zone % 2 : zone}]}`,
        mapPublicIpOnLaunch: false,
        tags: name(part),
      });

    const gateway = new InternetGateway(this, 'internet', { vpcId: vpc.id, tags: name('internet') });
    const natSubnet = subnet('nat-subnet', NAT_CIDR, 0);
    const outward = new RouteTable(this, 'nat-routes', {
      vpcId: vpc.id,
      route: [{ cidrBlock: ANYWHERE, gatewayId: gateway.id }],
      tags: name('nat-routes'),
    });
    new RouteTableAssociation(this, 'nat-subnet-routes', {
      routeTableId: outward.id,
      subnetId: natSubnet.id,
    });
    const address = new Eip(this, 'nat-address', { domain: 'vpc', tags: name('nat') });
    const nat = new NatGateway(this, 'nat', {
      allocationId: address.id,
      subnetId: natSubnet.id,
      tags: name('nat'),
      dependsOn: [gateway],
    });

    const inward = new RouteTable(this, 'task-routes', {
      vpcId: vpc.id,
      route: [{ cidrBlock: ANYWHERE, natGatewayId: nat.id }],
      tags: name('task-routes'),
    });
    forget(this, 'aws_route.network_nat-to-internet', 'aws_route.network_tasks-to-nat');
    this.subnetIds = PRIVATE_CIDRS.slice(0, props.privateSubnets).map((cidr, zone) => {
      const tasks = subnet(`task-subnet-${zone}`, cidr, zone);
      new RouteTableAssociation(this, `task-subnet-${zone}-routes`, {
        routeTableId: inward.id,
        subnetId: tasks.id,
      });
      return tasks.id;
    });
    new VpcEndpoint(this, 's3', {
      vpcId: vpc.id,
      serviceName: `com.amazonaws.${env.region}.s3`,
      vpcEndpointType: 'Gateway',
      routeTableIds: [inward.id],
      tags: name('s3'),
    });

    const flows = logGroup(this, 'flow-log-group', {
      env,
      name: `/${prefixOf(env)}/network/flows`,
      operationsKeyArn,
    });
    const writer = new BoundedRole(this, 'flow-logs', {
      env,
      purpose: 'flow-logs',
      description: 'Writes the flow logs of the network',
      boundaryArn,
      trust: trustPolicy(env, 'vpc-flow-logs'),
      policy: flowLogsPolicy(flows.arn),
    });
    new FlowLog(this, 'flow-log', {
      vpcId: vpc.id,
      trafficType: 'ALL',
      logDestinationType: 'cloud-watch-logs',
      logDestination: flows.arn,
      iamRoleArn: writer.role.arn,
      tags: name('flows'),
    });
  }
}
