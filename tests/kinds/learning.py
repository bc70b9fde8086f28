"""A small real table, and what was learned of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from app.engine.synthesizers.model_file.files import model_bytes
from app.engine.training.fitting import train_file

ROWS = 150


def shops() -> bytes:
    """A CSV file whose cells have leading zeros and a pattern of dates."""
    lines = [
        f"{row % 5:03d},{'yes' if row % 5 > 2 else 'no'},{row % 40 / 2},{row % 28 + 1:02d}/03/2024"
        for row in range(ROWS)
    ]
    return ("\n".join(["shop,open,size,day", *lines]) + "\n").encode()


@cache
def shop_model() -> bytes:
    """The model file of `shops`."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "shops.csv")
        path.write_bytes(shops())
        return model_bytes(train_file(path, seed=3, judged=True))
