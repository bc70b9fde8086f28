"""What a definition is to be made of, other than itself."""

from __future__ import annotations

from pydantic import Field

from app.api.http.content import Body
from app.api.models.submissions import read_request
from app.api.refusals import InvalidRequest
from app.engine.errors import Fault
from app.jobs.requests import RequestBody


class ColumnsText(RequestBody):
    """Columns that somebody has already; the text itself shows which of the two it is."""

    text: str = Field(
        description="The first lines of a CSV file with its header, or SQL with a CREATE TABLE.",
        examples=["customer_id,plan,tenure\n1,Gold,12\n2,Silver,3\n"],
    )


async def text_of_columns(body: Body) -> str:
    """The text in a body that is a `ColumnsText`. Raises InvalidRequest where it is none."""
    if body.is_yaml:
        fault = Fault("document", "must be JSON where columns are read", '`{"text": …}`')
        raise InvalidRequest(fault)
    return read_request(ColumnsText, await body.json_object()).text
