"""Amazon S3 and everything that speaks its protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, SecretStr

from app.sinks.base import egress_kind
from app.sinks.objects import ObjectSink
from app.sinks.targets import Bucket, Credentials, FileTarget, Text

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore


class S3Target(FileTarget):
    bucket: Bucket = Field(description="Bucket, which must be there.")
    region: str = Field(
        "us-east-1", pattern=r"^[A-Za-z0-9-]{1,64}$", description="Region of the bucket."
    )
    endpoint: Text | None = Field(
        None, description="URL of another service than Amazon's, `https://host[:port]`."
    )
    addressing: Literal["path", "virtual"] = Field(
        "path",
        description="Where the bucket's name stands: in the `path`, or (`virtual`) in the name of "
        "the host, which a given endpoint must then hold.",
    )


class S3Credentials(Credentials):
    access_key_id: str = Field(min_length=1, description="Access key.")
    secret_access_key: SecretStr = Field(min_length=1, description="Secret of the access key.")
    session_token: SecretStr | None = Field(None, description="Token of a temporary key.")


class S3Sink(ObjectSink):
    target: ClassVar[type[FileTarget]] = S3Target
    credentials: ClassVar[type[Credentials]] = S3Credentials
    extra: ClassVar[str] = "s3"

    def endpoint(self, target: S3Target) -> str:
        if target.endpoint is not None:
            return target.endpoint
        host = f"s3.{target.region}.amazonaws.com"
        return f"https://{host if target.addressing == 'path' else f'{target.bucket}.{host}'}"

    def open(
        self,
        target: S3Target,
        credentials: S3Credentials,
        client: ClientConfig,
        retry: dict[str, Any],
    ) -> ObjectStore:
        from obstore.store import S3Store

        token = credentials.session_token

        def key() -> dict[str, Any]:
            return {
                "access_key_id": credentials.access_key_id,
                "secret_access_key": credentials.secret_access_key.get_secret_value(),
                "token": None if token is None else token.get_secret_value(),
                "expires_at": None,
            }

        # A provider, so that no key of the service's own environment is mixed in.
        return S3Store(
            target.bucket,
            region=target.region,
            endpoint=self.endpoint(target),
            virtual_hosted_style_request=target.addressing == "virtual",
            client_options=client,
            retry_config=retry,  # type: ignore[arg-type]
            credential_provider=key,  # type: ignore[arg-type]
        )


KIND = egress_kind("s3", "Amazon S3 or the like", S3Sink)
