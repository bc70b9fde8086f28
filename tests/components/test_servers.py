"""The servers of the tests work, and none outlives the process that has started it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.components.postgres import PostgresServer
from tests.components.s3 import S3Server
from tests.components.servers import listens

OWNER = """
import sys
from tests.components.{name} import start_{name}
with start_{name}() as server:
    print(server.process.pid, server.folder, flush=True)
    sys.stdin.read()
"""


@pytest.mark.parametrize("name", ["postgres", "s3"])
def test_a_server_ends_with_its_owner_however_that_ends(name: str) -> None:
    command = [sys.executable, "-c", OWNER.format(name=name)]
    pipe = subprocess.PIPE
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, cwd=root, stdin=pipe, stdout=pipe, text=True) as owner:
        assert owner.stdout
        pid, folder = owner.stdout.readline().split()
        server = psutil.Process(int(pid))
        family = [server.parent(), server, *server.children(recursive=True)]
        owner.send_signal(signal.SIGKILL)
        _, alive = psutil.wait_procs([each for each in family if each], timeout=10)
    assert alive == []
    assert not Path(folder).exists()


def test_a_database_is_there_again_after_its_server_was_killed(
    postgres: PostgresServer, postgres_database: str
) -> None:
    postgres.sql("CREATE TABLE kept AS SELECT 42 AS x", postgres_database)
    postgres.kill()
    assert not listens(postgres.port)
    postgres.start()
    assert postgres.sql("SELECT x FROM kept", postgres_database) == "42"


def test_servers_do_not_run_as_root(postgres: PostgresServer, s3: S3Server) -> None:
    for server in (postgres, s3):
        uids = psutil.Process(server.process.pid).uids()
        assert uids.real != 0 or os.getuid() != 0


def test_buckets_are_new(s3: S3Server) -> None:
    assert s3.new_bucket() != s3.new_bucket()
