#!/bin/sh
# Of the image: gives up root before an app starts. A worker keeps what it needs to run each sandbox as a user of its own
# (INVOQ_SANDBOX_UIDS; empty: sandboxes run as the worker's user), and nothing else; the other programs keep nothing.
set -eu

user=${INVOQ_USER:-node}

# Started as somebody else (`docker run --user`): there is nothing to give up.
[ "$(id -u)" = 0 ] || exec "$@"

kept=-all
case " $* " in
*/worker/main.js\ *)
  export INVOQ_SANDBOX_UIDS="${INVOQ_SANDBOX_UIDS-20000-20999}"
  if [ -n "$INVOQ_SANDBOX_UIDS" ]; then kept=-all,+chown,+kill,+setgid,+setuid; else unset INVOQ_SANDBOX_UIDS; fi
  ;;
esac

as_user="--reuid=$user --regid=$user --clear-groups --inh-caps=$kept --ambient-caps=$kept --no-new-privs"
# shellcheck disable=SC2086 # these are several words
if ! setpriv $as_user -- true; then
  echo "The container starts as root and cannot become $user. Give it the capabilities SETUID and SETGID, and a worker also" >&2
  echo "CHOWN and KILL; or start it with --user $user, and INVOQ_SANDBOX_UIDS empty. See docs/security.md." >&2
  exit 1
fi
# shellcheck disable=SC2086
HOME=$(getent passwd "$user" | cut -d: -f6) exec setpriv $as_user -- "$@"
