#!/bin/sh
# sync-units BUCKET
#
# Makes systemd's units those that the deployment keeps in the bucket: new ones, changed ones (a new
# image changes a service), and gone ones. Running it twice, or after it was cut off, is the same.
set -eu
wanted=/var/lib/peaches/units
units=/etc/systemd/system

install -d -m 0755 "$wanted"
aws s3 sync --delete --only-show-errors "s3://$1/host/" "$wanted/"

for unit in "$units"/peaches-run-*; do
  name=${unit##*/}
  if [ ! -e "$unit" ] || [ -e "$wanted/$name" ]; then continue; fi
  case $name in *.timer) systemctl stop "$name" ;; esac
  rm -f "$unit"
done
changed=
for unit in "$wanted"/peaches-run-*; do
  name=${unit##*/}
  if [ ! -e "$unit" ] || cmp -s "$unit" "$units/$name"; then continue; fi
  install -m 0644 "$unit" "$units/$name"
  changed=yes
done
# Timers take their new times from the reload itself; a run that is under way goes on.
systemctl daemon-reload
# None is enabled: after a boot, too, they start here, with a first run for those that count from the last.
for unit in "$wanted"/peaches-run-*.timer; do
  name=${unit##*/}
  if [ ! -e "$unit" ] || systemctl is-active --quiet "$name"; then continue; fi
  if grep -q '^OnUnitActiveSec=' "$unit"; then systemctl start --no-block "${name%.timer}.service"; fi
  systemctl start "$name"
done
if [ -n "$changed" ]; then docker image prune --all --force >/dev/null; fi
