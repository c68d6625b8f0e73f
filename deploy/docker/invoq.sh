#!/bin/sh
# `invoq` in the image: the built command line, and the programs that a checkout starts by scripts.
set -eu
dist=${INVOQ_DIST:-/app/dist}
command=${1-}
case $command in
api | worker)
  shift
  exec node "$dist/apps/$command/main.js" "$@"
  ;;
callback-secret)
  shift
  exec node "$dist/apps/worker/callback-secret-cli.js" "$@"
  ;;
drain-here)
  shift
  exec node "$dist/apps/worker/drain-cli.js" "$@"
  ;;
keys)
  # keys <create|list|revoke> [id] [flags]
  shift
  do=${1-}
  case $do in
  '' | -*) exec node "$dist/apps/api/keys-cli.js" "$@" ;;
  esac
  shift
  case ${1-} in
  '' | -*) exec node "$dist/apps/api/keys-cli.js" --do "$do" "$@" ;;
  esac
  id=$1
  shift
  exec node "$dist/apps/api/keys-cli.js" --do "$do" --id "$id" "$@"
  ;;
*)
  exec node "$dist/apps/cli/main.js" "$@"
  ;;
esac
