import { terraformFor } from '../../terraform/terraform.ts';

/** Applies with a given program, so that a test can kill the process that drives it. */
const [command = '', folder = '', journalFolder = ''] = process.argv.slice(2);
await terraformFor({ binary: { command }, folder, environment: process.env, journalFolder }).apply('plan');
