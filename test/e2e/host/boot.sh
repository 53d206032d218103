#!/bin/sh
# boot ROOT GROUP: makes a folder of Debian's files a machine and becomes its systemd. It is called in
# namespaces of its own for mounts, processes and names; GROUP names its control group.
set -eu
root=$1
group=$2

enter() { mkdir -p "$1/$group" && echo $$ >"$1/$group/cgroup.procs"; }
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
  enter "/sys/fs/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)"
else
  for hierarchy in /sys/fs/cgroup/systemd /sys/fs/cgroup/unified /sys/fs/cgroup/pids; do
    if [ -d "$hierarchy" ]; then enter "$hierarchy"; fi
  done
fi

mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t sysfs -o ro sysfs "$root/sys"
for folder in dev run tmp; do mount -t tmpfs tmpfs "$root/$folder"; done
for device in null zero full random urandom tty; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
exec unshare --cgroup env -i container=peaches PATH=/usr/sbin:/usr/bin:/sbin:/bin \
  chroot "$root" /lib/systemd/systemd --log-target=console --log-level=notice --unit=basic.target
