"""Every setting of the service, in one frozen object that is passed in and never imported below."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.engine.execution.limits import IDLE_NICENESS

Positive = Annotated[int, Field(ge=1)]
Seconds = Annotated[float, Field(gt=0, allow_inf_nan=False)]


def _cores() -> int:
    return max(1, len(os.sched_getaffinity(0)))


def _several() -> int:
    return max(2, _cores())


class Settings(BaseSettings):
    """Read from arguments, then `TABLESMITH_…` variables of the environment, then `.env`."""

    model_config = SettingsConfigDict(
        frozen=True,
        env_prefix="TABLESMITH_",
        env_file=".env",
        extra="ignore",
        hide_input_in_errors=True,
    )

    host: str = Field("127.0.0.1", description="Address that the server listens on.")
    port: int = Field(8000, ge=0, le=65535, description="Port that the server listens on.")
    host_names: str | None = Field(
        None,
        description="Names besides localhost that requests without API keys may be for, separated "
        "by commas: that of a proxy on this machine, for example.",
    )
    api_keys: bool = Field(
        False,
        description="Whether every /v1 route wants an API key; a service that listens elsewhere "
        "than on this machine does not start without.",
    )
    rate_limit: Positive | None = Field(
        600, description="Requests a minute that each API key may make, unless the key says."
    )
    streams_per_key: Positive = Field(
        50,
        description="Downloads, streams of events, and requests that wait for a job, of each API "
        "key at the same time.",
    )
    audit_days: Positive = Field(
        365, description="Days after which entries of the audit log are removed."
    )
    data_dir: Path = Field(
        Path("var"), description="Folder of the database (unless database_url is set) and files."
    )
    database_url: str | None = Field(
        None,
        description="SQLAlchemy URL of the database; an SQLite file in data_dir when not set.",
    )
    runner: bool = Field(True, description="Whether this process carries out queued jobs.")
    pages: bool = Field(
        True,
        description="Whether the web pages are served under `/`; they need the extra `pages`, and "
        "are left out where it is not installed and this is not set.",
    )
    workers: Positive = Field(
        default_factory=_cores, description="Worker processes of each running job."
    )
    max_concurrent_jobs: Positive = Field(
        2, description="How many jobs one runner carries out at the same time."
    )
    small_job_rows: Annotated[int, Field(ge=0)] = Field(
        100_000,
        description="A job is small that is at most as much work as making so many rows; rows of "
        "more than ten columns count for more, and verified ones twice.",
    )
    small_job_slots: Annotated[int, Field(ge=0)] = Field(
        1,
        description="How many small jobs one runner carries out besides, so that they need not "
        "wait for large ones.",
    )
    executor: Annotated[str, Field(pattern=r"^(process|dask://[^/]+:\d+)$")] = Field(
        "process",
        description="Where blocks of rows are made: process, or dask://host:port for the workers "
        "of a Dask scheduler.",
    )
    results: Annotated[str, Field(pattern=r"^(s3a?|gs|az|azure|abfss?)://.+$")] | None = Field(
        None,
        description="Object store for finished files, such as s3://bucket/prefix; data_dir when "
        "not set.",
    )
    interactive_workers: Positive = Field(
        default_factory=_several,
        description="Worker processes that answer validate, compile and preview; at least 2 "
        "unless set.",
    )
    interactive_timeout: Seconds = Field(
        30.0,
        description="Seconds that a validate, compile or preview may take; small definitions have "
        "a third of it.",
    )
    interactive_memory: Positive = Field(
        768 * 2**20,
        description="Bytes that a validate, compile or preview may take beyond what its process "
        "starts with.",
    )
    interactive_waiting: Positive = Field(
        100,
        description="How many validates, compiles and previews of a tenant may wait; a large "
        "definition counts as up to 16.",
    )
    worker_memory: Positive = Field(
        4 * 2**30, description="Bytes of address space that a worker process may take."
    )
    niceness: int = Field(
        IDLE_NICENESS,
        ge=0,
        le=IDLE_NICENESS,
        description="How far jobs and the reading of sources may step back behind other processes: "
        "0 not at all, 19 until those leave processor time over.",
    )
    max_rows: Positive = Field(
        100_000_000, description="Most rows, over all tables, that a job may ask for."
    )
    max_body_bytes: Positive = Field(
        4 * 2**20, description="Largest request body in bytes that is read."
    )
    body_seconds: Seconds = Field(
        60.0, description="Seconds that a client may take to send a request body."
    )
    quota_jobs_per_day: Positive | None = Field(
        None, description="Most jobs that a tenant may ask for in a day (UTC)."
    )
    quota_rows_per_day: Positive | None = Field(
        None, description="Most rows, over all its jobs, that a tenant may ask for in a day (UTC)."
    )
    quota_active_jobs: Positive | None = Field(
        None, description="Most jobs of a tenant that have not ended."
    )
    quota_stored_jobs: Positive | None = Field(
        None, description="Most jobs of a tenant that are stored, ended ones too."
    )
    quota_stored_bytes: Positive | None = Field(
        None,
        description="Most bytes of a tenant's files; jobs that have not ended count with their "
        "estimated size.",
    )
    quota_definitions: Positive | None = Field(
        10_000, description="Most versions, over all names, of definitions that a tenant stores."
    )
    quota_definition_bytes: Positive | None = Field(
        2**30, description="Most bytes that the stored definitions of a tenant come to as JSON."
    )
    quota_entries: Positive | None = Field(
        1000,
        description="Most connections of a tenant; as many keys in use, and endpoints of webhooks.",
    )
    quota_sources: Positive | None = Field(
        100, description="Most sources, uploaded real tables, that a tenant stores."
    )
    quota_source_bytes: Positive | None = Field(
        10 * 2**30, description="Most bytes that the files of a tenant's sources come to."
    )
    max_source_bytes: Positive = Field(
        2**30, description="Largest file, in bytes, that is taken as a source."
    )
    source_upload_seconds: Seconds = Field(
        3600.0, description="Seconds that a client may take to send a source."
    )
    source_seconds: Seconds = Field(
        900.0, description="Seconds that reading and profiling a source may take."
    )
    max_job_seconds: Seconds | None = Field(
        None, description="Most seconds that a job may be worked on; a request may ask for less."
    )
    max_job_bytes: Positive | None = Field(
        None, description="Most bytes that a job's files may come to while it runs."
    )
    retention_seconds: Seconds | None = Field(
        None, description="Seconds after its end at which a job is deleted with its files."
    )
    retention_bytes: Positive | None = Field(
        None,
        description="Bytes of finished files above which the jobs that ended first are deleted.",
    )
    local_sink_root: Path | None = Field(
        None, description="Folder below which the local sink may write; no local sink when not set."
    )
    outbound_public: bool = Field(
        True,
        description="Whether sinks and webhooks may reach public hosts; off: only what "
        "outbound_allow names, and no other name is looked up.",
    )
    outbound_allow: str | None = Field(
        None,
        description="Private networks and names that sinks and webhooks may reach besides public "
        "hosts, separated by commas: 10.0.0.0/8, minio.internal:9000, *.corp.",
    )
    webhook_timeout: Seconds = Field(
        15.0, description="Seconds that one attempt at a webhook may take."
    )
    webhook_retries: tuple[Annotated[float, Field(ge=0, allow_inf_nan=False)], ...] = Field(
        (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400),
        description="Seconds before each further attempt at a webhook, give or take a fifth; a "
        "JSON list.",
    )
    secret_keys: SecretStr | None = Field(
        None,
        description="Keys that seal stored secrets, 32 bytes each in base64, separated by commas; "
        "the first one seals, all of them open. A file in data_dir when not set.",
    )
    delivery_attempts: Positive = Field(
        5, description="How often a delivery is tried when it fails for a passing reason."
    )
    delivery_backoff: Annotated[float, Field(ge=0, allow_inf_nan=False)] = Field(
        1.0, description="Seconds before the second attempt of a delivery; doubled each time."
    )
    delivery_seconds: Seconds = Field(
        7200.0, description="Seconds that the attempts at a delivery may take together."
    )
    delivery_memory: Positive = Field(
        2**30, description="Bytes of memory that the process of a delivery may take."
    )
    max_concurrent_deliveries: Positive = Field(
        8,
        description="How many deliveries one runner makes at the same time; those of one tenant "
        "take at most half.",
    )
    max_attempts: Positive = Field(
        3, description="How often a job is resumed without any progress before it is given up."
    )
    lease_seconds: Seconds = Field(
        15.0, description="Seconds without a heartbeat after which a running job is resumed."
    )
    poll_seconds: Seconds = Field(
        0.5, description="Seconds between looks for changes made by another process."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe log line that is written."
    )
    log_format: Literal["json", "text"] = Field("json", description="Form of the log lines.")

    @field_validator("database_url")
    @classmethod
    def _names_database(cls, value: str | None) -> str | None:
        from app.store.database import check_address

        if value is not None:
            check_address(value)
        return value

    @field_validator("outbound_allow")
    @classmethod
    def _names_networks(cls, value: str | None) -> str | None:
        from app.sinks.egress import read_allowed

        read_allowed(value)
        return value

    @field_validator("secret_keys")
    @classmethod
    def _holds_keys(cls, value: SecretStr | None) -> SecretStr | None:
        from app.store.encryption.secrets import make_box

        if value is not None:
            make_box(Path(), value.get_secret_value()).unlock()
        return value

    @property
    def names(self) -> tuple[str, ...]:
        """Names besides those of loopback that are answered to without keys."""
        return tuple(filter(None, map(str.strip, (self.host_names or "").split(","))))

    @property
    def database(self) -> str:
        """URL of the database in force."""
        if self.database_url is not None:
            return self.database_url
        return f"sqlite+aiosqlite:///{(self.data_dir / 'tablesmith.db').resolve()}"
