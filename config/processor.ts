/** The CPU that tasks and hosts have, in ECS's word. Images must be built for it (images/platform.ts). */
export const TASK_CPU = 'X86_64';
