#!/bin/sh
# Installs what the tests need beyond Python packages: a MariaDB server. Does nothing where it is.
set -eu

if command -v mariadbd >/dev/null || [ -x /usr/sbin/mariadbd ]; then
  exit 0
fi

if ! command -v apt-get >/dev/null; then
  echo "The tests need a MariaDB server: install mariadbd with this system's packages." >&2
  exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "The tests need a MariaDB server: sudo apt-get install --no-install-recommends mariadb-server" >&2
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
apt-get install -qq --no-install-recommends mariadb-server >/dev/null
