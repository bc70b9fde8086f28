"""A file of columns that a person has already, as the first draft of a definition.

SQL scripts, and every file that can be a source: encoding, delimiter and header are detected, all
rows are read.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from app.engine.errors import SourceError
from app.engine.importing.columns import from_text
from app.engine.importing.csv_columns import drafted_column
from app.engine.importing.drafts import ColumnReview, Document, Draft, LeftOut, check_number
from app.engine.importing.sql.declaring import draft_of_sql
from app.engine.profiling.sources import ProfiledSource, profiled_source
from app.engine.sources.encoding import find_encoding

NAME = "my_table"
PLAIN = ".txt"
TEXTS = frozenset({".sql", ".ddl", PLAIN})


def draft_of_content(content: bytes, suffix: str) -> Draft:
    """As `draft_of_file`, of the bytes of a file whose name ends so."""
    with tempfile.TemporaryDirectory(prefix="tablesmith-import-") as folder:
        path = Path(folder) / f"{NAME}{suffix}"
        path.write_bytes(content)
        return draft_of_file(path)


def draft_of_file(path: Path) -> Draft:
    """A definition of the tables of an SQL script, or of the first table of a file. A `.txt` is
    a script where it makes a table, else the text of a CSV file, which may be cut anywhere.

    Raises:
        ValueError: where there is nothing to read, with what is wrong.
        OSError: where there is no such file.
    """
    suffix = path.suffix.lower()
    try:
        if suffix in TEXTS:
            text = path.read_bytes().decode(find_encoding(path).name, "replace")
            return from_text(text) if suffix == PLAIN else draft_of_sql(text)
        with profiled_source(path) as source:
            return _draft_of_source(source)
    except SourceError as error:
        raise ValueError(str(error)) from None


def _draft_of_source(source: ProfiledSource) -> Draft:
    """The columns of the first table; the names of the others are listed."""
    table = source.profile.tables[0]
    check_number(len(table.columns))
    typed = source.typed(table.name)
    features: Document = {}
    reviews: list[ColumnReview] = []
    for column in table.columns:
        features[column.name], review = drafted_column(typed.column(column.name))
        reviews.append(review)
    warnings = (*source.profile.warnings, *table.warnings)
    own = {f"{column.name}: {note}" for column in table.columns for note in column.notes}
    left_out = [LeftOut(each) for each in warnings if each not in own]
    left_out += [LeftOut("not taken: one table at a time is", table=each.name)
                 for each in source.profile.tables[1:]]  # fmt: skip
    document = {"name": table.name, "n_samples": 1000, "features": features}
    return Draft(document, tuple(reviews), tuple(left_out))
