"""Compiled plans on disk: pickled, and unpickled only where this very program wrote them.

A pickle can run anything, and one of another version may come back with its fields shifted. So
each file begins with a MAC under a key made of the service's secret, of the versions of what plans
are made of, and of the engine's own source. A file that does not fit is as none: its plan is
compiled again from the stored definition.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import pickle
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import app.engine
from app.engine.files import write_whole
from app.engine.manifest import versions

if TYPE_CHECKING:
    from app.engine.plan.plan import Plan
    from app.store.encryption.secrets import SecretBox

_MAC = hashlib.sha256
_MAC_BYTES = _MAC().digest_size


class PlanKey:
    """What plans of a service are sealed with; the same on every host that shares its secrets and
    its version."""

    def __init__(self, box: SecretBox) -> None:
        self._box = box

    @cached_property
    def value(self) -> bytes:
        """May block when it is first asked for. Raises SecretsError."""
        return hmac.digest(self._box.derived("plans"), program_stamp(), _MAC)


def program_stamp() -> bytes:
    """What distinguishes this version of the program and its libraries from any other."""
    digest = _MAC(json.dumps(versions()).encode())
    engine = Path(app.engine.__path__[0])
    for file in sorted(engine.rglob("*.py")):
        digest.update(file.relative_to(engine).as_posix().encode())
        digest.update(_MAC(file.read_bytes()).digest())
    return digest.digest()


def write_plan(file: Path, plan: Plan, key: bytes) -> None:
    """Write a plan, whole or not at all."""
    write_sealed(file, plan, key)


def load_plan(file: Path, key: bytes) -> Plan | None:
    """The plan in a file; None where there is none, or none that was written with this key."""
    plan: Plan | None = load_sealed(file, key)
    return plan


def write_sealed(file: Path, value: Any, key: bytes) -> None:
    """Write a value that is not None, whole or not at all."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    write_whole(file, hmac.digest(key, data, _MAC) + data)


def load_sealed(file: Path, key: bytes) -> Any:
    """The value in a file; None where there is none, or none that was written with this key."""
    try:
        written = file.read_bytes()
    except OSError:
        return None
    mac, data = written[:_MAC_BYTES], written[_MAC_BYTES:]
    if not hmac.compare_digest(mac, hmac.digest(key, data, _MAC)):
        return None
    return pickle.loads(data)
