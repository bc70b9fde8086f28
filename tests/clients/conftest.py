from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.service import INSTALLED, Described, described_service


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Described]:
    assert (INSTALLED / "node").is_dir(), "install the generators: sh tests/clients/install.sh"
    with described_service(tmp_path_factory.mktemp("service")) as described:
        yield described
