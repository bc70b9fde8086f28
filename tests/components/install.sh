#!/bin/sh
# Installs what the tests need beyond Python packages: a MariaDB server and a Chromium browser.
# Does nothing where both are there.
set -eu

missing=""
if ! command -v mariadbd >/dev/null && [ ! -x /usr/sbin/mariadbd ]; then
  missing="mariadb-server"
fi
if ! command -v chromium >/dev/null && ! command -v chromium-browser >/dev/null; then
  missing="$missing chromium"
fi
if [ -z "$missing" ]; then
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "The tests need these programs, install them with this system's packages: $missing" >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "The tests need more: sudo apt-get install --no-install-recommends $missing" >&2
  exit 1
fi

# The tests start a server of their own; the package's must not start one.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # a list of names
apt-get install -qq --no-install-recommends $missing >/dev/null
