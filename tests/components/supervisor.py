"""Runs one server and ends it when whoever asked for it is gone, however that one ended.

`python supervisor.py FOLDER SIGNAL USER COMMAND…`: tells the server's process id, then waits.
Its standard input is the line to its owner: the line `stop` ends the server, and so does the end
of the input, after which nobody will clear away FOLDER, so that it is removed here. SIGNAL is what
tells the server to stop. USER is the number of the user that the server runs as.

Uses the standard library only, and no thread: the kernel's signal at the death of a parent goes
out when the *thread* ends that has started the process.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import select
import shutil
import signal
import subprocess
import sys

PR_SET_PDEATHSIG = 1
GRACE = 10.0  # seconds between asking a server to stop and killing it
LOOK = 0.5  # seconds between looks at the server and at the owner


def start(user: int, command: list[str]) -> subprocess.Popen[bytes]:
    libc = ctypes.CDLL(None)

    def become() -> None:
        os.setsid()
        if os.getuid() != user:
            os.setgroups([])
            os.setgid(user)
            os.setuid(user)
        # After the change of user, which clears it.
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)

    nothing, log = subprocess.DEVNULL, sys.stderr.fileno()
    return subprocess.Popen(
        command,
        stdin=nothing,
        stdout=log,
        stderr=log,
        cwd="/",
        preexec_fn=become,  # noqa: PLW1509  there is no other thread
    )


def wait_for_end(server: subprocess.Popen[bytes]) -> bool:
    """Wait until the server has ended or shall; whether the owner is gone."""
    owner = os.getppid()
    while server.poll() is None:
        if select.select([0], [], [], LOOK)[0]:
            return os.read(0, 16) != b"stop\n"
        if os.getppid() != owner:
            return True
    return False


def end(server: subprocess.Popen[bytes], stop: int) -> None:
    """End the server and every process of its group."""
    if server.poll() is None:
        server.send_signal(stop)
        try:
            server.wait(GRACE)
        except subprocess.TimeoutExpired:
            server.kill()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(server.pid, signal.SIGKILL)
    server.wait()


def main() -> None:
    folder, stop, user, *command = sys.argv[1:]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    server = start(int(user), command)
    sys.stdout.write(f"{server.pid}\n")
    sys.stdout.flush()
    orphaned = wait_for_end(server)
    end(server, int(stop))
    if orphaned:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
