#!/bin/sh
# Installs the code generators that the tests run, from lock files and checked by hashes, into
# build/clients. They have an environment of their own: what they need of other packages does not
# go together with what Tablesmith needs. Does nothing where they are there.
set -eu
cd "$(dirname "$0")/../.."

python=${PYTHON:-python3}
lock=tests/clients/python/requirements.lock
folder=build/clients

if ! cmp -s "$lock" "$folder/requirements.lock"; then
  rm -rf "$folder"
  "$python" -m venv "$folder/venv"
  "$folder/venv/bin/python" -m pip install -qq --disable-pip-version-check --no-input \
    --require-hashes --no-deps --only-binary :all: --no-compile -r "$lock"
  cp "$lock" "$folder/requirements.lock"
fi
