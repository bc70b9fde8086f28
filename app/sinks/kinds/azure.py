"""Azure Blob Storage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import Field, SecretStr, model_validator

from app.sinks.base import egress_kind
from app.sinks.objects import ObjectSink
from app.sinks.targets import Bucket, Credentials, FileTarget, Text

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore


class AzureTarget(FileTarget):
    account: str = Field(pattern=r"^[a-z0-9]{3,24}$", description="Storage account.")
    container: Bucket = Field(description="Container, which must be there.")
    endpoint: Text | None = Field(
        None, description="URL of another service than the account's own one."
    )


class AzureCredentials(Credentials):
    account_key: SecretStr | None = Field(
        None, description="Key of the account; or give sas_token."
    )
    sas_token: SecretStr | None = Field(
        None, description="Shared access signature instead, `sv=…&sig=…`."
    )

    @model_validator(mode="after")
    def _one_way_in(self) -> AzureCredentials:
        if (self.account_key is None) == (self.sas_token is None):
            raise ValueError("give either account_key or sas_token")
        return self


class AzureSink(ObjectSink):
    target: ClassVar[type[FileTarget]] = AzureTarget
    credentials: ClassVar[type[Credentials]] = AzureCredentials
    extra: ClassVar[str] = "azure"

    def endpoint(self, target: AzureTarget) -> str:
        return target.endpoint or f"https://{target.account}.blob.core.windows.net"

    def open(
        self,
        target: AzureTarget,
        credentials: AzureCredentials,
        client: ClientConfig,
        retry: dict[str, Any],
    ) -> ObjectStore:
        from obstore.store import AzureStore

        known: dict[str, Any] = {}
        if credentials.account_key is not None:
            known["account_key"] = credentials.account_key.get_secret_value()
        if credentials.sas_token is not None:
            known["sas_key"] = credentials.sas_token.get_secret_value()
        return AzureStore(
            target.container,
            account_name=target.account,
            endpoint=self.endpoint(target),
            client_options=client,
            retry_config=retry,  # type: ignore[arg-type]
            **known,
        )


KIND = egress_kind("azure", "Azure Blob Storage", AzureSink)
