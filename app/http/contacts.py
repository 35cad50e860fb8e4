"""What can be done with contacts? Upsert by phone, get, list, patch; what a contact agreed to, and the ledger behind it."""

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, JsonValue, WithJsonSchema, model_validator
from pydantic.json_schema import SkipJsonSchema

from app.domain import contact as limits
from app.domain.contact import Change
from app.domain.facts import NumberKind
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import ContactId
from app.http.phones import DefaultRegion, Phone, read_phone, read_queried_phone
from app.http.place_shapes import BirthDate, Person, Places, PlaceView, checked_birth_date, kept_places, place_view
from app.http.problems import documented
from app.http.shapes import IfGiven, Instant, Page, Shape, View, page_of, read_id_cursor
from app.http.standing_shapes import ConsentsView, EventView, consents_view, event_view
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.patch_contact import patch_contact
from app.usecases.read_consents import read_contact_consents, read_ledger
from app.usecases.read_contacts import list_contacts, read_contact
from app.usecases.upsert_contact import upsert_contact

router = APIRouter(prefix="/contacts", tags=["contacts"])

_VALUE_SCHEMA = {
    "anyOf": [
        {"type": "string", "maxLength": limits.LONGEST_TEXT},
        {"type": "number"},
        {"type": "boolean"},
        {"type": "array", "items": {"type": "string", "maxLength": limits.LONGEST_TEXT}, "maxItems": limits.MOST_ITEMS},
        {"type": "null"},
    ]
}
AttributeName = Annotated[str, Field(pattern=limits.NAME_PATTERN)]
AttributeValue = Annotated[Any, AfterValidator(limits.check_value), WithJsonSchema(_VALUE_SCHEMA)]
Attributes = Annotated[dict[AttributeName, AttributeValue], Field(max_length=limits.MOST_ATTRIBUTES)]
Tag = Annotated[str, Field(min_length=1, max_length=limits.LONGEST_TAG), AfterValidator(limits.check_tag)]
Tags = Annotated[list[Tag], Field(max_length=limits.MOST_TAGS)]
Locale = Annotated[str, Field(pattern=limits.LOCALE_PATTERN), AfterValidator(limits.check_locale)]
TimeZone = Annotated[str, Field(max_length=64), AfterValidator(limits.check_zone)]
Provenance = Annotated[str, Field(min_length=1, max_length=limits.LONGEST_PROVENANCE), AfterValidator(limits.check_text)]
_EXAMPLE: dict[str, JsonValue] = {
    "phone": "+14155550123",
    "attributes": {"first_name": "Maya", "visits": 3, "member": True, "sizes": ["M", "L"]},
    "tags": ["vip", "spring-2026"],
    "locale": "en-US",
    "time_zone": "America/Los_Angeles",
    "provenance": "web shop checkout",
    "places": [{"country": "US", "region": "CA", "postal_code": "94110", "strength": "declared"}],
    "birth_date": "1990-05-04",
    "age_verified": True,
    "person": "customer-4711",
}
_VIEWED: dict[str, JsonValue] = {
    **_EXAMPLE,
    "id": "con_01jdd00000e008000000000001",
    "country": "US",
    "number_kind": "fixed_line_or_mobile",
    "number_zones": ["America/Los_Angeles"],
    "places": [
        {
            "country": "US",
            "region": "US-CA",
            "postal_code": "94110",
            "time_zone": None,
            "zones": ["America/Los_Angeles"],
            "strength": "declared",
            "evidence": "postal code 94110",
            "as_of": None,
        }
    ],
    "created_at": "2026-11-23T10:00:00Z",
    "updated_at": "2026-11-23T10:00:00Z",
}
_PLACES = "Where the person is known or says to be: a message goes only at an hour decent in all of them"
_PERSON = (
    "Your id of the person: contacts that share it are one person with several numbers. Another person than the contact's is put "
    "on the number beside it, with these attributes, and the contact stays; a PATCH renames the contact's own"
)


class ContactIn(Shape):
    """A contact as the caller knows it. The number decides which contact is meant."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    phone: Phone
    default_region: DefaultRegion | None = None
    attributes: Attributes = Field(default={}, description="Merged into what is kept; null removes an attribute")
    tags: Tags | None = Field(default=None, description="Replace the contact's tags; left out, they stay")
    locale: Locale | None = Field(default=None, description="A language tag, such as en or pt-BR")
    time_zone: TimeZone | None = Field(default=None, description="An IANA name: where the person says to be")
    provenance: Provenance | None = Field(default=None, description="Where this number came from")
    places: Places | None = Field(default=None, description=f"{_PLACES}. They replace those kept")
    birth_date: BirthDate | None = Field(default=None, description="Needed where the law sets an age")
    age_verified: bool | None = Field(default=None, strict=True, description="Whether you have checked the age")
    person: Person | None = Field(default=None, description=_PERSON)

    def change(self, now: datetime) -> Change:
        """What this asks to be different. Raises InvalidField for a place or a birth date that cannot be."""
        return Change(
            places=None if self.places is None else kept_places(self.places, now),
            birth_date=None if self.birth_date is None else checked_birth_date(self.birth_date, now),
            age_verified=self.age_verified,
            person=self.person,
            attributes=self.attributes,
            tags=None if self.tags is None else limits.check_tags(self.tags),
            locale=self.locale,
            time_zone=self.time_zone,
            provenance=self.provenance,
            origin="api",
        )


def _refuse_phone(_: Any) -> None:
    raise ValueError("a contact's phone cannot be changed: make a contact of the new number")


class ContactPatch(Shape):
    """The fields to change; what is left out stays."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"attributes": {"visits": 4, "sizes": None}, "locale": None}]})

    phone: SkipJsonSchema[Annotated[Any, BeforeValidator(_refuse_phone)]] = None
    attributes: Attributes = Field(default={}, description="Merged into what is kept; null removes an attribute")
    tags: IfGiven[Tags] = Field(default=None, description="Replace the contact's tags")
    locale: Locale | None = Field(default=None, description="null forgets it")
    time_zone: TimeZone | None = Field(default=None, description="null forgets it")
    provenance: IfGiven[Provenance] = None
    places: Places | None = Field(default=None, description=f"{_PLACES}. They replace those kept; null forgets them")
    birth_date: BirthDate | None = Field(default=None, description="null forgets it")
    age_verified: IfGiven[Annotated[bool, Field(strict=True)]] = Field(default=None, description="Whether the age was checked")
    person: Person | None = Field(default=None, description=f"{_PERSON}; null forgets it")

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("name at least one field to change")
        return self

    def change(self, now: datetime) -> Change:
        """What this asks to be different: null clears, absence keeps. Raises InvalidField, as `ContactIn.change` does."""
        named = self.model_fields_set
        born: date | Literal[""] = "" if self.birth_date is None else checked_birth_date(self.birth_date, now)
        return Change(
            places=kept_places(self.places or [], now) if "places" in named else None,
            birth_date=born if "birth_date" in named else None,
            age_verified=self.age_verified,
            person=(self.person or "") if "person" in named else None,
            attributes=self.attributes,
            tags=None if self.tags is None else limits.check_tags(self.tags),
            locale=(self.locale or "") if "locale" in named else None,
            time_zone=(self.time_zone or "") if "time_zone" in named else None,
            provenance=self.provenance,
        )


class ContactView(View):
    """A contact, and what its number alone tells."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VIEWED]})

    id: ContactId
    phone: str = Field(description="E.164")
    country: str = Field(description="The number's region (ISO 3166 alpha-2), empty where none is known")
    number_kind: NumberKind
    number_zones: list[str] = Field(description="Every zone the number may be in")
    attributes: dict[str, AttributeValue]
    tags: list[str]
    locale: str | None
    time_zone: str | None = Field(description="The zone the caller declared, if any")
    provenance: str
    places: list[PlaceView] = Field(description="As they were located")
    birth_date: date | None
    age_verified: bool
    person: str | None
    merged_into: ContactId | None = Field(default=None, description="The contact that is the same person, and speaks for both")
    created_at: Instant
    updated_at: Instant


def contact_view(row: Row) -> ContactView:
    """A stored contact as the API shows it."""
    return ContactView(
        id=row["id"],
        phone=row["phone"],
        country=row["region"],
        number_kind=row["kind"],
        number_zones=row["zones"],
        attributes=row["attributes"],
        tags=row["tags"],
        locale=row["locale"],
        time_zone=row["time_zone"],
        provenance=row["provenance"],
        places=[place_view(place) for place in row["places"]],
        birth_date=row["birth_date"],
        age_verified=row["age_verified"],
        person=row["person"],
        merged_into=row["merged_into"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


@router.post(
    "",
    status_code=201,
    summary="Create or update a contact by phone",
    response_model=ContactView,
    responses={200: {"model": ContactView, "description": "The contact existed and is updated"}, **documented(409)},
)
async def upsert(
    body: ContactIn, caller: Annotated[Caller, caller_with("contacts:write")], posting: PostingDep, context: ContextDep
) -> Response:
    """The number decides: a new one makes a contact (201), a known one updates it (200).

    Attributes are merged and null removes one; tags replace the old ones when given; what is left out stays. A contact is not
    consent: record an opt-in before anything marketing goes.
    """
    now = context.clock.now()
    phone = read_phone(body.phone, default_region=body.default_region)[0].e164
    change = body.change(now)

    async def work(tx: Transaction) -> tuple[int, ContactView]:
        outcome, row = await upsert_contact(tx, workspace_id=caller.workspace_id, phone=phone, change=change, now=now)
        return (201 if outcome == "created" else 200), contact_view(row)

    return await posting.answer(caller, work)


@router.get("", summary="List contacts", responses=documented())
async def list_all(
    *,
    context: ContextDep,
    caller: Annotated[Caller, caller_with("contacts:read")],
    phone: Annotated[str | None, Query(max_length=64, description="Exactly this number (E.164)")] = None,
    country: Annotated[DefaultRegion | None, Query(description="The number's region, ISO 3166 alpha-2")] = None,
    tag: Annotated[Tag | None, Query(description="Contacts with this tag")] = None,
    person: Annotated[Person | None, Query(description="Every contact of this person")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ContactView]:
    """Newest first, a page at a time."""
    number = None if phone is None else read_queried_phone(phone)
    filters = {"list": "contacts", "phone": number, "country": country, "tag": tag, "person": person}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_contacts(
        context,
        workspace_id=caller.workspace_id,
        before=before,
        limit=limit + 1,
        phone=number,
        country=country,
        tag=tag,
        person=person,
    )
    return Page(**page_of(rows, limit=limit, shape=contact_view, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{contact_id}", summary="Get a contact", responses=documented(404))
async def get(contact_id: ContactId, context: ContextDep, caller: Annotated[Caller, caller_with("contacts:read")]) -> ContactView:
    """One contact, and what its number alone tells."""
    return contact_view(await read_contact(context, workspace_id=caller.workspace_id, contact_id=contact_id))


@router.patch("/{contact_id}", summary="Change a contact", responses=documented(404, 409))
async def patch(
    contact_id: ContactId, body: ContactPatch, context: ContextDep, caller: Annotated[Caller, caller_with("contacts:write")]
) -> ContactView:
    """Changes the fields that are named. The phone cannot be changed: consent belongs to a number."""
    now = context.clock.now()
    row = await patch_contact(context, workspace_id=caller.workspace_id, contact_id=contact_id, change=body.change(now), now=now)
    return contact_view(row)


@router.get("/{contact_id}/consents", summary="What has this contact agreed to?", responses=documented(404))
async def consents(
    contact_id: ContactId, context: ContextDep, caller: Annotated[Caller, caller_with("consents:read")]
) -> ConsentsView:
    """Consent as it stands, per channel, purpose and topic, and every suppression of the number."""
    return consents_view(await read_contact_consents(context, workspace_id=caller.workspace_id, contact_id=contact_id))


@router.get("/{contact_id}/ledger", summary="How did it come to this?", responses=documented(404))
async def ledger(
    contact_id: ContactId,
    context: ContextDep,
    caller: Annotated[Caller, caller_with("consents:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[EventView]:
    """Every consent event of the contact's number, newest first, with its evidence. The ledger is only ever added to."""
    filters = {"list": "ledger", "contact": str(contact_id)}
    before = read_id_cursor(cursor, filters=filters)
    rows = await read_ledger(
        context,
        workspace_id=caller.workspace_id,
        contact_id=contact_id,
        before=before,
        limit=limit + 1,
    )
    return Page(**page_of(rows, limit=limit, shape=event_view, key=lambda row: str(row["id"]), filters=filters))
