import { arnOf } from '../../config/names.ts';
import type { Model } from './model.ts';

/** Whether a text leads to a customer-managed key: one of our stacks, or an existing one of the account. */
export const isKey = (model: Model, value: string | undefined): boolean =>
  value !== undefined &&
  (model.find('aws_kms_key', value) !== undefined ||
    model.find('data.aws_kms_key', value) !== undefined ||
    value.startsWith(arnOf(model.environment, 'kms', 'key/')));
