"""How large a source may be, so that a hostile one costs no more than a large one."""

from __future__ import annotations

from dataclasses import dataclass

from app.engine.errors import SourceError


@dataclass(frozen=True, slots=True)
class SourceLimits:
    """What a source may hold at most.

    Args:
        file_bytes: of a file as it lies on disk.
        unpacked_bytes: of all that comes out of a compressed file or an archive.
        tables: of a folder, an archive or a workbook.
        columns: of a table.
        cells: of a table, rows times columns.
        cell_bytes: of one cell of text.
    """

    file_bytes: int = 4 << 30
    unpacked_bytes: int = 16 << 30
    tables: int = 200
    columns: int = 2_000
    cells: int = 1_000_000_000
    cell_bytes: int = 1 << 20

    def check_columns(self, name: str, columns: int) -> None:
        """Raises SourceError where a table has too many columns, or none."""
        if columns > self.columns:
            raise SourceError(f"{name}: {columns:,} columns are more than {self.columns:,}")
        if not columns:
            raise SourceError(f"{name}: there are no columns")

    def check_cells(self, name: str, rows: int, columns: int) -> None:
        """Raises SourceError where a table has too many cells."""
        if rows * columns > self.cells:
            raise SourceError(
                f"{name}: {rows:,} rows of {columns:,} columns are more than {self.cells:,} cells"
            )

    def check_tables(self, name: str, tables: int) -> None:
        """Raises SourceError where a source has too many tables, or none."""
        if tables > self.tables:
            raise SourceError(f"{name}: {tables:,} tables are more than {self.tables:,}")
        if not tables:
            raise SourceError(f"{name}: no table is in it; {KNOWN} can be read")


KNOWN = "CSV, TSV, JSON Lines, Parquet, Arrow, XLSX, ODS, or a ZIP or folder of these"
