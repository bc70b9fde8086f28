"""The manifest of a result: what was made from what, signed, and checked without a network.

`manifest.json` says first how many facts were declared, and which the files do not hold.
It names the definition, seed, versions, tables, files with their SHA-256, facts and verification.
`manifest.json.sig` is the Ed25519 signature (RFC 8032) of its bytes, 64 bytes long;
`manifest.json.pub` is the public key in PEM. OpenSSL checks them too:

    openssl pkeyutl -verify -pubin -inkey manifest.json.pub -rawin -in manifest.json \\
        -sigfile manifest.json.sig

A key that lies beside the manifest proves that nothing was changed by accident; who signed is
proved by a public key that came another way.
"""

from __future__ import annotations

import datetime as dt
import errno
import hashlib
import json
import os
import platform
import secrets
from collections.abc import Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.engine.conformance import fact_counts, unmet_facts
from app.engine.errors import TablesmithError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

MANIFEST = "manifest.json"
SIGNATURE = "manifest.json.sig"
PUBLIC_KEY = "manifest.json.pub"
OWN_FILES = {MANIFEST, SIGNATURE, PUBLIC_KEY}
KEY_FILE = "manifest-key.pem"
FORMAT = "tablesmith-manifest/1"
PACKAGES = ("tablesmith", "numpy", "pyarrow", "faker")


# More than any manifest, and any key or signature, has.
MOST_BYTES = 64 << 20
MOST_KEY_BYTES = 64 << 10


class ManifestError(TablesmithError):
    """A key that cannot be used."""


def write_manifest(
    folder: Path,
    key: Ed25519PrivateKey,
    *,
    name: str,
    seed: int | None,
    definition: Mapping[str, Any],
    tables: Sequence[Mapping[str, Any]],
    facts: Sequence[Mapping[str, Any]] = (),
    verification: Mapping[str, Any] | None = None,
    created_at: dt.datetime | None = None,
    documents: Sequence[Mapping[str, Any]] = (),
) -> Path:
    """Write the manifest of a folder of results, its signature and the public key.

    The bytes of `manifest.json` are the same for the same arguments and versions, but for
    `created_at` (now in UTC where left out).

    Args:
        key: see `signing_key`.
        definition: the document as plain data.
        tables: name, rows and files of each; of every file its `path` relative to the folder,
            `format`, `bytes` and `sha256`.
        facts: results of the declared facts as plain data; empty where none were measured.
        verification: that of a trained model as plain data.
        documents: other files of the folder, such as a data card: `path`, `bytes`, `sha256`.

    Returns:
        The path of `manifest.json`.
    """
    moment = created_at or dt.datetime.now(dt.UTC)
    data = compact_json(
        {
            "format": FORMAT,
            "fact_counts": fact_counts(facts),
            "unmet_facts": unmet_facts(facts),
            "created_at": moment.astimezone(dt.UTC).isoformat(timespec="seconds"),
            "name": name,
            "seed": seed,
            "definition": definition,
            "versions": versions(),
            "tables": tables,
            "facts": facts,
            "verification": verification,
            **({"documents": documents} if documents else {}),
        }
    )
    return _write_signed(folder, data, key)


def _write_signed(folder: Path, data: bytes, key: Ed25519PrivateKey) -> Path:
    """Write the bytes of a manifest behind the public key and the signature that are theirs."""
    _write(folder / PUBLIC_KEY, public_pem(key.public_key()))
    _write(folder / SIGNATURE, key.sign(data))
    _write(folder / MANIFEST, data)
    return folder / MANIFEST


def compact_json(document: Any) -> bytes:
    """JSON in UTF-8 without white space; NaN and infinities are refused.

    Keys stay in their order: that of a definition's columns is the order of the output.
    """
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def versions() -> dict[str, str]:
    """Versions of what decides the bytes of a result."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            found[package] = "unknown"
    return found


def signing_key(folder: Path) -> Ed25519PrivateKey:
    """The installation's key in `folder`, made on first use, readable by its owner alone.

    Raises:
        ManifestError: where the file holds no Ed25519 key.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    path = folder / KEY_FILE
    if not path.exists():
        _make_key(path)
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except ValueError as error:
        raise ManifestError(f"{path} holds no private key: {error}") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise ManifestError(f"{path} holds a key of another kind than Ed25519")
    return key


def _make_key(path: Path) -> None:
    """Write a new key unless another process was first: the file appears whole or not at all."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    data = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass  # the other process's key is as good
    finally:
        temporary.unlink(missing_ok=True)


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as PEM."""
    from cryptography.hazmat.primitives import serialization

    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def signed_unmet_facts(folder: Path) -> list[str]:
    """The declared facts that the files of a folder do not hold, as its manifest says.

    The manifest is known to be sound: `verify_manifest` has found nothing wrong with it.
    """
    document = json.loads(read_bounded(folder / MANIFEST, MOST_BYTES))
    return unmet_facts(document.get("facts", ()))


def verify_manifest(folder: Path, public_key: bytes | None = None) -> list[str]:
    """What is wrong with a folder of results: nothing where the list is empty.

    Args:
        public_key: the signer's key in PEM; where left out the one beside the manifest is used,
            which tells of changes but not of who signed.

    Raises:
        ManifestError: where `public_key` is no Ed25519 key.
    """
    wanted = None if public_key is None else _public_key(public_key, "the public key given")
    missing = [name for name in sorted(OWN_FILES) if not (folder / name).is_file()]
    problems = [f"{name} is missing" for name in missing]
    if MANIFEST in missing:
        return problems
    try:
        data = read_bounded(folder / MANIFEST, MOST_BYTES)
    except OSError as error:
        return [*problems, f"{MANIFEST} cannot be read: {error.strerror or error}"]
    if not {SIGNATURE, PUBLIC_KEY} & set(missing):
        problems += _signature_problems(folder, data, wanted)
    return problems + _file_problems(folder, data)


def _signature_problems(folder: Path, data: bytes, wanted: Ed25519PublicKey | None) -> list[str]:
    from cryptography.exceptions import InvalidSignature

    try:
        written = read_bounded(folder / PUBLIC_KEY, MOST_KEY_BYTES)
        signature = read_bounded(folder / SIGNATURE, MOST_KEY_BYTES)
        enclosed = _public_key(written, PUBLIC_KEY)
    except ManifestError as error:
        return [str(error)]
    except OSError as error:
        return [f"the signature or its key cannot be read: {error.strerror or error}"]
    if written != public_pem(enclosed):
        return [f"{PUBLIC_KEY} was changed"]
    if wanted is not None and public_pem(wanted) != public_pem(enclosed):
        return [f"{PUBLIC_KEY} is another key than the one given"]
    try:
        enclosed.verify(signature, data)
    except InvalidSignature:
        return [f"{MANIFEST} does not match its signature: one of them was changed"]
    return []


def _public_key(data: bytes, what: str) -> Ed25519PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = serialization.load_pem_public_key(data)
    except (ValueError, UnsupportedAlgorithm):
        raise ManifestError(f"{what} is no public key in PEM") from None
    if not isinstance(key, Ed25519PublicKey):
        raise ManifestError(f"{what} is a key of another kind than Ed25519")
    return key


def read_bounded(path: Path, most: int) -> bytes:
    """A file of at most so many bytes. Raises OSError where it is longer, or cannot be read."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} bytes", str(path))
    return data


def _file_problems(folder: Path, data: bytes) -> list[str]:
    try:
        listed = dict(_listed(json.loads(data)))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return [f"{MANIFEST} cannot be read"]
    present, problems = _present(folder)
    for name, (size, digest) in listed.items():
        if name not in present:
            problems.append(f"{name} is missing")
        elif problem := _difference(present[name], size, digest):
            problems.append(f"{name} {problem}")
    extra = present.keys() - listed.keys() - OWN_FILES
    return problems + [f"{name} is not in the manifest" for name in sorted(extra)]


def _listed(document: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int, str]]]:
    files = [file for table in document["tables"] for file in table["files"]]
    for file in (*files, *document.get("documents", ())):
        name, size, digest = file["path"], file["bytes"], file["sha256"]
        if not (isinstance(name, str) and type(size) is int and isinstance(digest, str)):
            raise ValueError("a file is a path, a number of bytes and a SHA-256")
        yield name, (size, digest)


def _present(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """What is no folder below a folder, by its name, and folders that cannot be looked into."""
    present: dict[str, Path] = {}
    problems: list[str] = []

    def refused(error: OSError) -> None:
        problems.append(f"{error.filename} cannot be read: {error.strerror or error}")

    for place, folders, names in os.walk(folder, onerror=refused):
        links = [name for name in folders if Path(place, name).is_symlink()]
        for name in (*names, *links):
            path = Path(place, name)
            present[path.relative_to(folder).as_posix()] = path
    return dict(sorted(present.items())), problems


def _difference(path: Path, size: int, digest: str) -> str | None:
    if path.is_symlink() or not path.is_file():
        return "is no regular file"
    try:
        found = path.stat().st_size
        if found != size:
            return f"has {found:,} bytes, {size:,} were signed"
        with path.open("rb") as file:
            changed = hashlib.file_digest(file, "sha256").hexdigest() != digest
    except OSError as error:
        return f"cannot be read: {error.strerror or error}"
    return "was changed: its SHA-256 is another" if changed else None


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
