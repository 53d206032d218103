import { blocks, parsed, text, type Block } from './attributes.ts';
import type { Model, Resource } from './model.ts';
import { fault, judgeEach, type Fault, type Located } from './rule.ts';

/** Containers of a task definition. @returns undefined when they can't be read */
export const containersOf = ({ values }: Resource): readonly Block[] | undefined => {
  const containers = parsed(text(values, 'container_definitions'));
  return Array.isArray(containers) ? blocks({ containers }, 'containers') : undefined;
};

/** Judges every container of every task definition; one that can't be read is a fault. */
export const judgeContainers = (
  model: Model,
  judge: (container: Block, task: Resource) => readonly (Fault | boolean | undefined)[],
): Located[] =>
  judgeEach(model, ['aws_ecs_task_definition'], (task) => {
    const containers = containersOf(task);
    if (containers === undefined || containers.length === 0) {
      return [fault('has no readable containers', 'Write container_definitions by JSON.stringify.')];
    }
    return containers.flatMap((container) => judge(container, task));
  });
