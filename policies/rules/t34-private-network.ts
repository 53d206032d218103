import { blocks, isTrue, parsed, text, texts } from './attributes.ts';
import { taskStarts } from './state-machines.ts';
import type { Model } from './model.ts';
import { fault, judgeEach, type Fault, type Rule } from './rule.ts';

/** Where a task is placed, in the words of the resource that starts it. */
const STARTERS = {
  aws_scheduler_schedule: ['target', 'ecs_parameters'],
  aws_cloudwatch_event_target: ['ecs_target'],
  aws_ecs_service: [],
} as const;
const VPC = ['NetworkConfiguration', 'AwsvpcConfiguration'];

export const t34: Rule = {
  id: 'T34',
  demand: 'Tasks, hosts and functions run in private subnets, without a public address.',
  reason: 'Nobody has to reach them, so nobody should be able to try.',
  sameAs: { checkov: ['CKV_AWS_333', 'CKV_AWS_88', 'CKV_AWS_130'], trivy: ['AWS-0009', 'AWS-0164'] },
  check: (model) => [
    ...Object.entries(STARTERS).flatMap(([type, path]) =>
      judgeEach(model, [type], ({ values }) =>
        blocks({ values }, 'values', ...path).flatMap((starter) => {
          const network = blocks(starter, 'network_configuration');
          return network.length === 0
            ? [fault('starts tasks in no stated network', 'Set network_configuration.')]
            : network.flatMap((block) => [
                !isTrue(block, 'assign_public_ip') ||
                  fault('gives tasks a public address', 'Set assign_public_ip to false.'),
                ...texts(block, 'subnets').map((subnet) => privateSubnet(model, subnet)),
              ]);
        }),
      ),
    ),
    ...judgeEach(model, ['aws_sfn_state_machine'], ({ values }) => {
      const definition = parsed(text(values, 'definition'));
      if (definition === undefined) {
        return [fault('has no readable definition', 'Write it by JSON.stringify.')];
      }
      return taskStarts(definition).flatMap((start) => [
        text(start, ...VPC, 'AssignPublicIp') === 'DISABLED' ||
          fault('gives tasks a public address', 'Set AssignPublicIp to DISABLED.'),
        ...texts(start, ...VPC, 'Subnets').map((subnet) => privateSubnet(model, subnet)),
      ]);
    }),
    ...judgeEach(model, ['aws_instance', 'aws_lambda_function'], ({ values }) =>
      [...texts(values, 'subnet_id'), ...texts(values, 'vpc_config', 'subnet_ids')].map((subnet) =>
        privateSubnet(model, subnet),
      ),
    ),
    ...judgeEach(model, ['aws_instance'], ({ values }) => [
      !isTrue(values, 'associate_public_ip_address') ||
        fault('has a public address', 'Set associate_public_ip_address to false.'),
    ]),
    ...judgeEach(model, ['aws_launch_template'], ({ values }) => [
      !isTrue(values, 'network_interfaces', 'associate_public_ip_address') ||
        fault('gives hosts a public address', 'Set associate_public_ip_address to false.'),
    ]),
    ...judgeEach(model, ['aws_subnet'], ({ values }) => [
      !isTrue(values, 'map_public_ip_on_launch') ||
        fault('gives a public address to all that starts in it', 'Set map_public_ip_on_launch to false.'),
    ]),
  ],
};

/** A subnet of ours without a way to an internet gateway, or one that the configuration calls private. */
const privateSubnet = (model: Model, value: string): Fault | boolean => {
  if (model.environment.subnets.includes(value)) return true;
  const subnet = model.find('aws_subnet', value);
  if (subnet === undefined) {
    return fault(`runs in ${value}, a subnet that is not known`, "Use the environment's private subnets.");
  }
  const tables = model
    .attached(subnet, 'aws_route_table_association', 'subnet_id')
    .map(({ values }) => model.find('aws_route_table', text(values, 'route_table_id')));
  const routes = [
    ...tables.flatMap((table) => (table === undefined ? [] : blocks(table.values, 'route'))),
    ...model
      .of('aws_route')
      .map(({ values }) => values)
      .filter((route) => tables.includes(model.find('aws_route_table', text(route, 'route_table_id')))),
  ];
  const open = routes.some((route) => text(route, 'gateway_id') !== undefined);
  return !open || fault(`runs in ${subnet.address}, which is public`, 'Use a private subnet.');
};
