import { amount, text, texts } from './attributes.ts';
import { fault, judgeEach, type Rule } from './rule.ts';

const GIB = 1024;

/** MiB that Fargate allows beside CPU units: least, most, step. Not taken from the declarations' check, which it judges. */
const SIZES: Readonly<Record<number, readonly [number, number, number]>> = {
  256: [512, 2 * GIB, 512],
  512: [GIB, 4 * GIB, GIB],
  1024: [2 * GIB, 8 * GIB, GIB],
  2048: [4 * GIB, 16 * GIB, GIB],
  4096: [8 * GIB, 30 * GIB, GIB],
  8192: [16 * GIB, 60 * GIB, 4 * GIB],
  16384: [32 * GIB, 120 * GIB, 8 * GIB],
};

const legal = (cpu: number, memory: number): boolean => {
  const [least, most, step] = SIZES[cpu] ?? [Infinity, 0, 1];
  return memory >= least && memory <= most && memory % step === 0 && !(cpu === 256 && memory === 1536);
};

export const t35: Rule = {
  id: 'T35',
  demand:
    'Every Fargate task has a pair of CPU and memory that AWS offers, names its platform and runs on the latest version of it.',
  reason: 'A wrong pair fails only when the task is registered; an old platform version gets no mending.',
  sameAs: { checkov: ['CKV_AWS_332'] },
  check: (model) => [
    ...judgeEach(model, ['aws_ecs_task_definition'], ({ values }) => {
      if (!texts(values, 'requires_compatibilities').includes('FARGATE')) return [];
      const [cpu, memory] = [amount(values, 'cpu'), amount(values, 'memory')];
      return [
        legal(cpu, memory) ||
          fault(
            `asks for ${cpu} CPU units with ${memory} MiB, which Fargate does not have`,
            'Change the pair.',
          ),
        text(values, 'runtime_platform', 'operating_system_family') !== undefined &&
        text(values, 'runtime_platform', 'cpu_architecture') !== undefined
          ? true
          : fault('does not name its platform', 'Set runtime_platform.'),
      ];
    }),
    ...judgeEach(model, ['aws_scheduler_schedule', 'aws_ecs_service'], ({ values }) => [
      [
        ...texts(values, 'platform_version'),
        ...texts(values, 'target', 'ecs_parameters', 'platform_version'),
      ].every((version) => version === 'LATEST') ||
        fault('starts tasks on an old platform version', 'Set platform_version to LATEST.'),
    ]),
  ],
};
