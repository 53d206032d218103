import type { Statement } from './document.ts';

export const DECRYPT = ['kms:Decrypt'];
export const ENCRYPT_AND_DECRYPT = ['kms:Decrypt', 'kms:GenerateDataKey'];

/** Use of a key through services alone, never directly. @param services `s3`, whose calls to the key count */
export const useKey = (
  Sid: string,
  Action: Statement['Action'],
  { keyArn, region }: { readonly keyArn: string; readonly region: string },
  ...services: readonly string[]
): Statement => ({
  Sid,
  Effect: 'Allow',
  Action,
  Resource: keyArn,
  Condition: {
    StringEquals: { 'kms:ViaService': services.map((service) => `${service}.${region}.amazonaws.com`) },
  },
});
