"""Files of jobs are artifacts: a report or a model can stand beside tables.

A key of SQLite cannot be changed, so that the rows move to a new table. They are short, one for
each file; jobs, requests and events stay where they are.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MEDIA_TYPES = {
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "arrow": "application/vnd.apache.arrow.file",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
}
BYTES = "application/octet-stream"
# The parts of a manifest by the names of their files: their format, and media type.
PARTS = {
    "manifest.json": ("json", "application/json"),
    "manifest.json.sig": ("sig", BYTES),
    "manifest.json.pub": ("pub", "application/x-pem-file"),
}


def upgrade() -> None:
    _create("job_artifacts", "name", "table_name", "format", media_type=True)
    op.execute(_moved_up())
    op.drop_table("job_files")


def downgrade() -> None:
    _create("job_files", "format", "table_name")
    op.execute(_moved_down())
    op.drop_table("job_artifacts")


def _create(table: str, *key: str, media_type: bool = False) -> None:
    types = {"name": sa.String(32), "table_name": sa.Text(), "format": sa.String(16)}
    media = [sa.Column("media_type", sa.Text(), nullable=False)] if media_type else []
    op.create_table(
        table,
        sa.Column("job_id", sa.String(32), nullable=False),
        *(sa.Column(name, types[name], nullable=False) for name in key),
        *media,
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("job_id", *key, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(
            ["job_id"], ["jobs.id"], ondelete="CASCADE", name=f"fk_{table}_job_id"
        ),
    )


def _moved_up() -> sa.TextClause:
    media_types = _case("format", MEDIA_TYPES, BYTES)
    part_formats = _case("table_name", {name: form for name, (form, _) in PARTS.items()}, "")
    part_types = _case("table_name", {name: media for name, (_, media) in PARTS.items()}, BYTES)
    return sa.text(
        f"""
        INSERT INTO job_artifacts
            (job_id, name, table_name, format, media_type, path, bytes, sha256)
        SELECT
            job_id,
            CASE WHEN format = 'manifest' THEN 'manifest'
                 WHEN table_name = '' THEN 'archive' ELSE 'table' END,
            CASE WHEN format = 'manifest' THEN '' ELSE table_name END,
            CASE WHEN format = 'manifest' THEN {part_formats} ELSE format END,
            CASE WHEN format = 'manifest' THEN {part_types}
                 WHEN table_name = '' THEN 'application/zip' ELSE {media_types} END,
            path, bytes, sha256
        FROM job_files
        """
    )


def _moved_down() -> sa.TextClause:
    """Other artifacts than tables, archives and manifests have no place and go."""
    part_names = _case("format", {form: name for name, (form, _) in PARTS.items()}, "")
    return sa.text(
        f"""
        INSERT INTO job_files (job_id, format, table_name, path, bytes, sha256)
        SELECT
            job_id,
            CASE WHEN name = 'manifest' THEN 'manifest' ELSE format END,
            CASE WHEN name = 'manifest' THEN {part_names} ELSE table_name END,
            path, bytes, sha256
        FROM job_artifacts WHERE name IN ('table', 'archive', 'manifest')
        """
    )


def _case(column: str, values: dict[str, str], otherwise: str) -> str:
    whens = " ".join(f"WHEN '{key}' THEN '{value}'" for key, value in values.items())
    return f"CASE {column} {whens} ELSE '{otherwise}' END"
