"""Google Cloud Storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, SecretStr, model_validator

from app.sinks.base import egress_kind
from app.sinks.objects import ObjectSink
from app.sinks.targets import Bucket, Credentials, FileTarget, Text

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore


class GcsTarget(FileTarget):
    bucket: Bucket = Field(description="Bucket, which must be there.")
    endpoint: Text = Field("https://storage.googleapis.com", description="URL of the service.")


class GcsCredentials(Credentials):
    service_account_key: SecretStr | None = Field(
        None, description="JSON of a service account's key; or give access_token."
    )
    access_token: SecretStr | None = Field(None, description="OAuth 2.0 token instead.")

    @model_validator(mode="after")
    def _one_way_in(self) -> GcsCredentials:
        if (self.service_account_key is None) == (self.access_token is None):
            raise ValueError("give either service_account_key or access_token")
        return self


class GcsSink(ObjectSink):
    target: ClassVar[type[FileTarget]] = GcsTarget
    credentials: ClassVar[type[Credentials]] = GcsCredentials
    extra: ClassVar[str] = "gcs"

    def endpoint(self, target: GcsTarget) -> str:
        return target.endpoint

    def open(
        self,
        target: GcsTarget,
        credentials: GcsCredentials,
        client: ClientConfig,
        retry: dict[str, Any],
    ) -> ObjectStore:
        from obstore.store import GCSStore

        known: dict[str, Any] = {}
        if credentials.service_account_key is not None:
            known["service_account_key"] = credentials.service_account_key.get_secret_value()
        if credentials.access_token is not None:
            known["bearer_token"] = credentials.access_token.get_secret_value()
        return GCSStore(
            target.bucket,
            base_url=target.endpoint,
            client_options=client,
            retry_config=retry,  # type: ignore[arg-type]
            **known,
        )


KIND = egress_kind("gcs", "Google Cloud Storage", GcsSink)
