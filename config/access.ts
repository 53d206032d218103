/** How SDK clients reach an account: AWS itself, or the emulator when `AWS_ENDPOINT_URL` is set. */
export interface AccountAccess {
  readonly region: string;
  /** Where endpoint and credentials come from; what it lacks, the SDK looks up as usual. */
  readonly environment: NodeJS.ProcessEnv;
}

/** Settings for any SDK client. */
export const clientSettings = ({ region, environment }: AccountAccess) => {
  const {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : {
          credentials: {
            accessKeyId,
            secretAccessKey,
            ...(sessionToken === undefined ? {} : { sessionToken }),
          },
        }),
  };
};
