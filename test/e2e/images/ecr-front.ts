import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  DescribeImagesCommand,
  DescribeRepositoriesCommand,
  ImageNotFoundException,
  PutImageCommand,
  RepositoryNotFoundException,
  type ECRClient,
} from '@aws-sdk/client-ecr';
import { execa } from 'execa';

/** `tls.key` and `tls.crt` of a host, which is its own authority. */
export const makeCertificate = (folder: string, host: string): Promise<unknown> =>
  execa(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', `/CN=${host}`],
      ...['-addext', `subjectAltName=DNS:${host}`, '-keyout', 'tls.key', '-out', 'tls.crt'],
    ],
    { cwd: folder },
  );

export interface EcrFrontOptions {
  /** Loopback address; the port is 443, as the host name alone must do. */
  readonly address: string;
  readonly host: string;
  readonly folder: string;
  readonly ecr: ECRClient;
  readonly registryPort: () => number;
  /** A status to answer with instead of the registry, asked at every request that sends data. */
  readonly refuse?: (method: string, path: string) => number | undefined;
}

const fail = (response: ServerResponse, status: number, code: string, message: string): void => {
  response.writeHead(status, {
    'content-type': 'application/json',
    'docker-distribution-api-version': 'registry/2.0',
  });
  response.end(JSON.stringify({ errors: [{ code, message }] }));
};

/**
 * Makes a registry out of two halves, as ECR is one: docker-registry keeps the bytes, the emulator
 * knows repositories and images. Unknown repositories and a second push to a tag are refused as
 * ECR refuses them; each manifest that arrives becomes an image of the emulator's.
 */
export const startEcrFront = async (options: EcrFrontOptions): Promise<() => Promise<void>> => {
  const { ecr, host } = options;
  const isKnown = async (repository: string): Promise<boolean> => {
    try {
      await ecr.send(new DescribeRepositoriesCommand({ repositoryNames: [repository] }));
      return true;
    } catch (thrown) {
      if (thrown instanceof RepositoryNotFoundException) return false;
      throw thrown;
    }
  };
  const isTagged = async (repositoryName: string, imageTag: string): Promise<boolean> => {
    try {
      await ecr.send(new DescribeImagesCommand({ repositoryName, imageIds: [{ imageTag }] }));
      return true;
    } catch (thrown) {
      if (thrown instanceof ImageNotFoundException) return false;
      throw thrown;
    }
  };
  const pass = (
    incoming: IncomingMessage,
    response: ServerResponse,
    body?: Buffer,
    stored?: () => Promise<unknown>,
  ): void => {
    const outgoing = httpRequest(
      {
        host: '127.0.0.1',
        port: options.registryPort(),
        method: incoming.method,
        path: incoming.url,
        headers: { ...incoming.headers, host, 'x-forwarded-proto': 'https' },
      },
      (answer) => {
        const relay = (): void => {
          response.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(response);
        };
        if (stored === undefined || (answer.statusCode ?? 500) >= 300) {
          relay();
          return;
        }
        stored().then(relay, (thrown: unknown) => fail(response, 500, 'UNKNOWN', String(thrown)));
      },
    );
    outgoing.on('error', (error) => {
      if (response.headersSent) response.destroy();
      else fail(response, 502, 'UNAVAILABLE', error.message);
    });
    if (body === undefined) incoming.pipe(outgoing);
    else outgoing.end(body);
  };
  const receive = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = 'GET', url = '/' } = incoming;
    const match = /^\/v2\/(.+)\/(manifests|blobs\/uploads)\/([^?]*)/.exec(url);
    if (match === null || !['PUT', 'POST', 'PATCH'].includes(method) || !incoming.headers.authorization) {
      pass(incoming, response);
      return;
    }
    const status = options.refuse?.(method, url);
    if (status !== undefined) {
      fail(response, status, 'TOOMANYREQUESTS', 'Rate exceeded');
      return;
    }
    const [, repositoryName = '', kind, reference = ''] = match;
    if (!(await isKnown(repositoryName))) {
      const message = `The repository with name '${repositoryName}' does not exist in the registry`;
      fail(response, 404, 'NAME_UNKNOWN', message);
      return;
    }
    if (kind !== 'manifests') {
      pass(incoming, response);
      return;
    }
    const body = await buffer(incoming);
    const imageTag = reference.startsWith('sha256:') ? undefined : reference;
    if (imageTag !== undefined && (await isTagged(repositoryName, imageTag))) {
      const message = `The image tag '${imageTag}' already exists and cannot be overwritten because the repository is immutable.`;
      fail(response, 400, 'TAG_INVALID', message);
      return;
    }
    pass(incoming, response, body, () =>
      ecr.send(
        new PutImageCommand({
          repositoryName,
          imageManifest: body.toString(),
          imageManifestMediaType: incoming.headers['content-type'],
          imageDigest: `sha256:${createHash('sha256').update(body).digest('hex')}`,
          ...(imageTag === undefined ? {} : { imageTag }),
        }),
      ),
    );
  };
  const [key, cert] = await Promise.all(
    ['tls.key', 'tls.crt'].map((name) => readFile(join(options.folder, name))),
  );
  const server = createServer({ key, cert }, (incoming, response) => {
    receive(incoming, response).catch((thrown: unknown) => fail(response, 500, 'UNKNOWN', String(thrown)));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(443, options.address, resolve);
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
};
