import { join } from 'node:path';

/** What peaches keeps beside the configuration file: state of the sandbox, plans, journals, pins. */
export const workFolder = (root: string): string => join(root, '.peaches');

/** @returns `.peaches/<environment>/<parts>` */
export const environmentFolder = (root: string, environment: string, ...parts: string[]): string =>
  join(workFolder(root), environment, ...parts);

/** Where synthesis writes: `cdktf.out/stacks/<stack>/cdk.tf.json`. */
export const synthFolder = (root: string): string => join(root, 'cdktf.out');
