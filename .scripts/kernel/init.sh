#!/bin/sh
# The first process of a User-Mode Linux: has services killed by its kernel, and lets a disk stand still.
# From the kernel's command line, as variables: BOX (busybox), OUT (a folder of the host to write to), NODE, ROOT (the checkout), COUNT, BESIDE,
# LIMIT, and STALL for the disk.

$BOX mount -t proc proc /proc
$BOX mount -t sysfs sysfs /sys
$BOX mount -t cgroup2 none /sys/fs/cgroup
$BOX mount -t tmpfs tmpfs /dev/shm
$BOX mount -t tmpfs tmpfs /mnt
$BOX mkdir /mnt/out /mnt/disk
$BOX mount -t hostfs none /mnt/out -o "$OUT"
$BOX hostname kernel
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/mnt LEAKLINE=1
log() { echo "$* $(cut -d' ' -f1 /proc/uptime)" >> /mnt/out/log; }

# Read outside of any cgroup first, so that no service is charged with Node's text and meets its limit by that.
LEAKLINE_FLIGHT=0 "$NODE" -r "$ROOT/js/register.js" -e 0 2>> /mnt/out/warm
cat "$NODE" > /dev/null
echo +memory > /sys/fs/cgroup/cgroup.subtree_control
log booted "$(uname -r)"

serve() {
  group=/sys/fs/cgroup/service$1
  mkdir "$group"
  echo "$LIMIT" > "$group/memory.max"
  echo 1 > "$group/memory.oom.group"
  GROUP=$group LEAKLINE_FLIGHT=/mnt/out/flight sh -c 'echo $$ > "$GROUP/cgroup.procs"; echo $$ > "/mnt/out/pid.'"$1"'"; exec "$NODE" -r "$ROOT/js/register.js" "$ROOT/.scripts/kernel/service.js"' > "/mnt/out/service.$1" 2>&1
  echo "$? $(sed -n 's/^oom_group_kill //p' "$group/memory.events")" > "/mnt/out/end.$1"
  log ended "$1"
}

at=0
while [ "$at" -lt "$COUNT" ]; do
  round=0
  while [ "$round" -lt "$BESIDE" ] && [ "$at" -lt "$COUNT" ]; do
    serve "$at" &
    at=$((at + 1))
    round=$((round + 1))
    sleep 1
  done
  wait
done

if [ -n "$STALL" ]; then
  $BOX mknod /mnt/ubda b 98 0
  $BOX mount -t ext4 /mnt/ubda /mnt/disk 2> /mnt/out/mount || log "no disk"
  LEAKLINE_FLIGHT=/mnt/disk "$NODE" -r "$ROOT/js/register.js" "$ROOT/.scripts/kernel/stalled.js" > /mnt/out/stalled 2>&1 &
  service=$!
  sleep 20
  log freeze
  fsfreeze --freeze /mnt/disk
  sleep 3
  fsfreeze --unfreeze /mnt/disk
  log unfrozen
  sleep 5
  kill -9 "$service"
  wait "$service"
  mkdir -p /mnt/out/disk
  cp -r /mnt/disk/. /mnt/out/disk/
fi
log done
$BOX poweroff -f
