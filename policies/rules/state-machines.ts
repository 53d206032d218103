import { text, type Block } from './attributes.ts';

const RUN_TASK = /:states:::ecs:runTask(?:\.|$)/;

/** Parameters of every state that starts a task, at any depth of a definition. */
export const taskStarts = (part: unknown): Block[] => {
  if (typeof part !== 'object' || part === null) return [];
  const inner = Object.values(part).flatMap(taskStarts);
  const state = part as Block;
  return RUN_TASK.test(text(state, 'Resource') ?? '')
    ? [(state['Parameters'] ?? {}) as Block, ...inner]
    : inner;
};
