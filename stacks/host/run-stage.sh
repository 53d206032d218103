#!/bin/sh
# run-stage FEED STAGE ROLE_ARN LOG_GROUP MEMORY_MIB VCPU MINUTES
#
# Runs one stage as a container that has the rights of the stage's own role and no others. The unit
# gives PEACHES_IMAGE, PEACHES_WIRING, AWS_REGION and, for as long as it runs, RUNTIME_DIRECTORY.
set -eu
umask 077
feed=$1 stage=$2 role=$3 logs=$4 memory=$5 vcpu=$6 minutes=$7
container="peaches-$feed-$stage"
own="$RUNTIME_DIRECTORY/$stage"
worker=1000

# All stages of a run work for the instant at which the run began, also past midnight.
[ -e "$RUNTIME_DIRECTORY/instant" ] || date -u +%Y-%m-%dT%H:%M:%SZ >"$RUNTIME_DIRECTORY/instant"
instant=$(cat "$RUNTIME_DIRECTORY/instant")

# A role that another role takes is lent for an hour at most; whoever reads the file finds it renewed.
enter_role() {
  aws sts assume-role --role-arn "$role" --role-session-name host --output json --query \
    '{Version: `1`, AccessKeyId: Credentials.AccessKeyId, SecretAccessKey: Credentials.SecretAccessKey, SessionToken: Credentials.SessionToken, Expiration: Credentials.Expiration}' \
    >"$own/next"
  chown "$worker:$worker" "$own/next"
  mv "$own/next" "$own/credentials.json"
}
renew_role() {
  trap 'kill "$pause"; exit' TERM
  while :; do
    sleep 900 &
    pause=$!
    wait "$pause"
    enter_role || echo "The role of $feed.$stage could not be renewed." >&2
  done
}

run_container() {
  docker rm --force "$container" >/dev/null 2>&1 || true
  timeout --kill-after=40 "${minutes}m" docker run \
    --name "$container" --rm --init --stop-timeout 30 \
    --read-only --user "$worker:$worker" --cap-drop ALL --security-opt no-new-privileges \
    --memory "${memory}m" --memory-swap "${memory}m" --cpus "$vcpu" \
    --volume "$own:/run/peaches:ro" \
    --env PEACHES_WIRING --env AWS_REGION --env AWS_CONFIG_FILE=/run/peaches/config \
    --env AWS_EC2_METADATA_DISABLED=true \
    --log-driver awslogs --log-opt "awslogs-region=$AWS_REGION" --log-opt "awslogs-group=$logs" \
    --log-opt "tag=$stage/worker/{{.FullID}}" \
    "$PEACHES_IMAGE" "$feed.$stage" --scheduled "$instant"
}

install -d -o "$worker" -g "$worker" -m 0500 "$own"
printf '[default]\ncredential_process = cat /run/peaches/credentials.json\n' >"$own/config"
chown "$worker:$worker" "$own/config"
enter_role
renew_role &
renewing=$!
asked_to_stop=
# Between a signal and the end lies the container's own time to finish.
trap 'asked_to_stop=yes' TERM INT
trap 'kill "$renewing" 2>/dev/null || true; docker rm --force "$container" >/dev/null 2>&1 || true' EXIT

for pause in 60 120 ''; do
  run_container && exit 0
  if [ -z "$pause" ] || [ -n "$asked_to_stop" ]; then exit 1; fi
  echo "$feed.$stage failed and is tried again in $pause seconds." >&2
  sleep "$pause"
done
