from __future__ import annotations

import numpy as np
import pytest

from app.engine.generators.bijection import make_bijection
from app.engine.seeds import Stream


@pytest.mark.parametrize("radices", [[10], [7], [10, 10, 26], [16] * 3, [26, 26], [2], []])
def test_every_number_of_the_domain_comes_exactly_once(radices: list[int]) -> None:
    size = int(np.prod(radices, dtype=np.int64))
    images = make_bijection(radices, Stream(3))(0, size)
    assert sorted(images.tolist()) == list(range(size))


def test_a_part_of_the_rows_has_the_images_that_the_whole_gives_them() -> None:
    bijection = make_bijection([10] * 6, Stream(3))
    assert bijection(0, 5_000)[1_234:2_000].tolist() == bijection(1_234, 766).tolist()


def test_another_key_gives_another_order() -> None:
    one, other = (make_bijection([10] * 6, Stream(seed))(0, 1_000) for seed in (1, 2))
    assert (one == other).mean() < 0.01


def test_neighbouring_rows_are_scattered_over_the_domain() -> None:
    images = make_bijection([10] * 8, Stream(5))(0, 65_536).astype(float) / 10**8
    counts, _ = np.histogram(images, 16, (0, 1))
    assert np.abs(np.corrcoef(images[:-1], images[1:])[0, 1]) < 0.02
    assert (((counts - 4096) ** 2) / 4096).sum() < 37.7  # 99.9 % point of chi-square, 15 df


def test_a_large_domain_keeps_numbers_apart() -> None:
    images = make_bijection([10] * 14, Stream(5))(10**12, 50_000)
    assert len(set(images.tolist())) == 50_000
    assert int(images.max()) < 10**14
