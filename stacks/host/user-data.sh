#!/bin/sh
# Makes a fresh Amazon Linux the host of the stages. It may run again at any time.
set -eu

# The network may be younger than the host.
until dnf install --assumeyes --quiet docker amazon-ecr-credential-helper; do sleep 10; done

install -d -m 0755 /etc/peaches/docker /usr/local/lib/peaches
cat >/etc/peaches/docker/config.json <<'END'
{"credHelpers":{"@REGISTRY@":"ecr-login"}}
END
cat >/usr/local/lib/peaches/run-stage <<'END'
@RUN_STAGE@END
cat >/usr/local/lib/peaches/sync-units <<'END'
@SYNC_UNITS@END
chmod 0755 /usr/local/lib/peaches/run-stage /usr/local/lib/peaches/sync-units

cat >/etc/systemd/system/peaches-units.service <<'END'
[Unit]
Description=Units of the stages as the deployment wants them
Wants=network-online.target
After=network-online.target docker.service

[Service]
Type=oneshot
Environment="AWS_REGION=@REGION@"
ExecStart=/usr/local/lib/peaches/sync-units @BUCKET@
TimeoutStartSec=5min
END
cat >/etc/systemd/system/peaches-units.timer <<'END'
[Unit]
Description=Looks for changed units

[Timer]
OnBootSec=15s
OnUnitActiveSec=5min
AccuracySec=1s

[Install]
WantedBy=timers.target
END
systemctl daemon-reload
systemctl enable --now docker.service peaches-units.timer
systemctl start --no-block peaches-units.service
