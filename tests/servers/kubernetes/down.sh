#!/usr/bin/env bash
# Ends what 'up.sh FOLDER' started: the servers first that would complain about the others' end.
set -u
for name in kubelet kube-scheduler kube-controller-manager kube-apiserver etcd; do
  file="$1/pid/$name"
  [ -f "$file" ] || continue
  process="$(cat "$file")"
  # The pid may be somebody else's by now.
  if tr '\0' ' ' < "/proc/$process/cmdline" 2>/dev/null | grep -q -e "$name"; then
    # Nothing of them is needed again.
    kill -KILL "$process" 2>/dev/null
  fi
  rm -f "$file"
done
