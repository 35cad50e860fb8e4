"""How is it told that several people share a contact's number, and who they are?"""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field, JsonValue

from app.http.contacts import Attributes, AttributeValue
from app.http.deps import ContextDep, PostingDep, caller_with
from app.http.ids import ContactId
from app.http.place_shapes import Person
from app.http.problems import documented
from app.http.shapes import Instant, Shape, View
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.households import put_person, read_people, remove_person

router = APIRouter(prefix="/contacts/{contact_id}/people", tags=["contacts"])
WriterDep = Annotated[Caller, caller_with("contacts:write")]

_TOLD: dict[str, JsonValue] = {"person": "customer-4712", "attributes": {"first_name": "Ben"}}
_SHOWN: dict[str, JsonValue] = {
    **_TOLD,
    "is_contact": False,
    "since": "2026-11-25T10:00:00Z",
    "updated_at": "2026-11-25T10:00:00Z",
    "left_at": None,
}


class PersonIn(Shape):
    """Somebody who shares the number."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TOLD]})

    person: Person = Field(description="Your id of the person")
    attributes: Attributes = Field(default={}, description="Their own; merged into what is kept, null removes one")


class PersonOut(Shape):
    """Who shares it no longer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"person": "customer-4712"}]})

    person: Person


class PersonView(View):
    """One of the people on a number."""

    model_config = ConfigDict(json_schema_extra={"examples": [_SHOWN]})

    person: str | None = Field(description="null for a contact that names nobody")
    attributes: dict[str, AttributeValue]
    is_contact: bool = Field(description="Whether it is the one the contact itself is, and its messages are for")
    since: Instant
    updated_at: Instant
    left_at: Instant | None = Field(description="Since when they share it no longer")


class PeopleView(View):
    """The people on a number, the contact itself first."""

    people: list[PersonView]


def _view(row: Row) -> PersonView:
    return PersonView(
        person=row["person"],
        attributes=row["attributes"],
        is_contact=False,
        since=row["created_at"],
        updated_at=row["updated_at"],
        left_at=row["left_at"],
    )


@router.post(
    "",
    status_code=201,
    summary="Somebody else shares this number",
    response_model=PersonView,
    responses={200: {"model": PersonView, "description": "They were known there and are updated"}, **documented(404, 409)},
)
async def put(contact_id: ContactId, body: PersonIn, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Puts another of your people on a contact's number, with attributes of their own.

    A campaign still reaches the number once, and its message is for the person the contact is. From now on **nobody's yes
    speaks for another**: marketing goes only by consents that name that person (`person` of an opt-in), and only while none of
    the people there has said no. A no is the whole number's, whoever says it, and so is a STOP. A yes that names nobody counts
    for nobody: record it again with the name.
    """
    now = context.clock.now()
    ids = {"workspace_id": caller.workspace_id, "contact_id": contact_id}

    async def work(tx: Transaction) -> tuple[int, PersonView]:
        new, row = await put_person(tx, **ids, person=body.person, attributes=body.attributes, now=now)
        return (201 if new else 200), _view(row)

    return await posting.answer(caller, work)


@router.post(
    "/remove",
    status_code=200,
    summary="Somebody shares this number no longer",
    response_model=PeopleView,
    responses=documented(404, 409),
)
async def remove(contact_id: ContactId, body: PersonOut, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Forgets what is known of them there: attributes, and events that name them. The number stays one that was shared.

    What they agreed to stays in the ledger as proof and speaks for nobody else.
    """
    now = context.clock.now()
    ids = {"workspace_id": caller.workspace_id, "contact_id": contact_id}

    async def work(tx: Transaction) -> PeopleView:
        return _people(*await remove_person(tx, **ids, person=body.person, now=now))

    return await posting.answer(caller, work, status=200)


def _people(contact: Row, rows: list[Row]) -> PeopleView:
    itself = PersonView(
        person=contact["person"],
        attributes=contact["attributes"],
        is_contact=True,
        since=contact["created_at"],
        updated_at=contact["updated_at"],
        left_at=None,
    )
    return PeopleView(people=[itself, *map(_view, rows)])


@router.get("", summary="Who shares this number?", responses=documented(404))
async def people(
    contact_id: ContactId, context: ContextDep, caller: Annotated[Caller, caller_with("contacts:read")]
) -> PeopleView:
    """The person the contact is, then the others in the order they became known, those who left too."""
    return _people(*await read_people(context, workspace_id=caller.workspace_id, contact_id=contact_id))
