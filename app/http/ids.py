"""How do ids look at the door? Prefixed text outside, a UUID inside; one type a kind, for bodies, paths and answers."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from app.domain.ids import PREFIXES, BadId, decode_id, encode_id

_EXAMPLE = UUID(int=0x0193_5A00_0000_7000_8000_0000_0000_0001)


class PrefixedId:
    """Marks a UUID as an id of one kind: read from and written as `con_` and 26 characters."""

    def __init__(self, kind: str) -> None:
        self._kind = kind

    def _read(self, value: Any) -> UUID:
        if isinstance(value, UUID):
            return value
        if not isinstance(value, str):
            raise ValueError(f"not a {self._kind} id")  # noqa: TRY004  # pydantic turns ValueError into a field's problem
        try:
            return decode_id(self._kind, value)
        except BadId as error:
            raise ValueError(str(error)) from error

    def _write(self, value: UUID) -> str:
        return encode_id(self._kind, value)

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        written = core_schema.plain_serializer_function_ser_schema(
            self._write, return_schema=core_schema.str_schema(), when_used="json"
        )
        return core_schema.no_info_plain_validator_function(self._read, serialization=written)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        pattern = f"^{PREFIXES[self._kind]}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"
        return {"type": "string", "pattern": pattern, "examples": [self._write(_EXAMPLE)]}


WorkspaceId = Annotated[UUID, PrefixedId("workspace")]
ApiKeyId = Annotated[UUID, PrefixedId("api_key")]
ContactId = Annotated[UUID, PrefixedId("contact")]
ConsentEventId = Annotated[UUID, PrefixedId("consent_event")]
ImportId = Annotated[UUID, PrefixedId("import")]
RegistryFileId = Annotated[UUID, PrefixedId("registry_file")]
ProviderId = Annotated[UUID, PrefixedId("provider")]
SenderId = Annotated[UUID, PrefixedId("sender")]
SenderPoolId = Annotated[UUID, PrefixedId("sender_pool")]
TemplateId = Annotated[UUID, PrefixedId("template")]
AudienceId = Annotated[UUID, PrefixedId("audience")]
AudienceListId = Annotated[UUID, PrefixedId("audience_list")]
CampaignId = Annotated[UUID, PrefixedId("campaign")]
CampaignSeriesId = Annotated[UUID, PrefixedId("campaign_series")]
SequenceId = Annotated[UUID, PrefixedId("sequence")]
EnrolmentId = Annotated[UUID, PrefixedId("enrolment")]
PreflightId = Annotated[UUID, PrefixedId("preflight")]
MessageId = Annotated[UUID, PrefixedId("message")]
LinkId = Annotated[UUID, PrefixedId("link")]
ClickId = Annotated[UUID, PrefixedId("click")]
ReceiptId = Annotated[UUID, PrefixedId("receipt")]
RuleRowId = Annotated[UUID, PrefixedId("rule_row")]
InboundId = Annotated[UUID, PrefixedId("inbound")]
OptInRequestId = Annotated[UUID, PrefixedId("opt_in_request")]
ReviewId = Annotated[UUID, PrefixedId("review")]
EventId = Annotated[UUID, PrefixedId("event")]
MergeId = Annotated[UUID, PrefixedId("merge")]
