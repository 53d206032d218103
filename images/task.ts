import { DescribeTaskDefinitionCommand, ECSClient, type TaskDefinition } from '@aws-sdk/client-ecs';
import type { Environment } from '../config/environment.ts';
import { taskFamilyName } from '../config/names.ts';
import { failed } from '../errors/errors.ts';
import { clientSettings } from '../config/access.ts';
import type { EndpointEnvironment } from './ecr.ts';

/** What an engine must know of a task definition to run it as the cluster would. */
export interface TaskLimits {
  readonly family: string;
  /** `<repository>@sha256:...`. */
  readonly image: string;
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly memoryMiB: number;
  readonly vcpu: number;
  readonly user: string | undefined;
  readonly readOnly: boolean;
  readonly init: boolean;
  readonly roleArn: string | undefined;
}

/** Vcpu of a task is given in 1024ths. */
const CPU_UNITS = 1024;

const limitsOf = (family: string, definition: TaskDefinition): TaskLimits | undefined => {
  const [container] = definition.containerDefinitions ?? [];
  if (container?.image === undefined) return undefined;
  const pairs = (container.environment ?? []).map(({ name = '', value = '' }) => [name, value] as const);
  return {
    family,
    image: container.image,
    command: container.command ?? [],
    environment: Object.fromEntries(pairs),
    memoryMiB: Number(definition.memory ?? container.memory),
    vcpu: Number(definition.cpu ?? container.cpu) / CPU_UNITS,
    user: container.user,
    readOnly: container.readonlyRootFilesystem ?? false,
    init: container.linuxParameters?.initProcessEnabled ?? false,
    roleArn: definition.taskRoleArn,
  };
};

/**
 * The newest active task definition of a stage.
 * @throws TASK_DEFINITION_MISSING
 */
export const taskLimits = async (
  env: Environment,
  endpoint: EndpointEnvironment,
  feed: string,
  stage: string,
): Promise<TaskLimits> => {
  const taskDefinition = taskFamilyName(env, feed, stage);
  const client = new ECSClient(clientSettings({ region: env.region, environment: endpoint }));
  const found = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition })).then(
    (answer) => limitsOf(taskDefinition, answer.taskDefinition ?? {}),
    (thrown: unknown) => {
      if (/unable to describe|not found|does not exist/i.test(String(thrown))) return undefined;
      throw thrown;
    },
  );
  if (found !== undefined) return found;
  throw failed({
    code: 'TASK_DEFINITION_MISSING',
    message: `${env.name} has no task definition ${taskDefinition}.`,
    hint: `Deploy the feed first: \`deploy ${feed}\`.`,
  });
};
