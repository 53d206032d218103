import { describe, expect, test } from '@jest/globals';
import { isPassing } from '../../images/push.ts';

describe('a push that failed', () => {
  test.each([
    'toomanyrequests: Rate exceeded',
    'received unexpected HTTP status: 503 Service Unavailable',
    'error parsing HTTP 429 response body',
    'dial tcp 127.0.0.1:443: connect: connection refused',
    'read: connection reset by peer',
    'unexpected EOF',
    'net/http: TLS handshake timeout',
  ])('may go through later: %s', (message) => {
    expect(isPassing(message)).toBe(true);
  });

  test.each([
    'denied: User is not authorized to perform: ecr:InitiateLayerUpload',
    "name unknown: The repository with name 'nope' does not exist",
    'no basic auth credentials',
    'x509: certificate signed by unknown authority',
  ])('will not: %s', (message) => {
    expect(isPassing(message)).toBe(false);
  });
});
