"""How are many contacts told of at once? Up to a thousand in one request, each with what became of it."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from pydantic import ConfigDict, Field, JsonValue

from app.domain.contact import BadField, Change
from app.domain.errors import InvalidField
from app.domain.facts import NumberFacts
from app.domain.household import told_before
from app.http.contacts import ContactIn
from app.http.deps import ContextDep, PostingDep, caller_with
from app.http.ids import ContactId
from app.http.phones import read_phone
from app.http.problems import documented, not_offered
from app.http.shapes import Shape, View
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.upsert_contact import Upserted, pointer_of, upsert_rounds

router = APIRouter(prefix="/contacts", tags=["contacts"])
_MOST = 1_000
_ONE: dict[str, JsonValue] = {"phone": "+14155550123", "attributes": {"first_name": "Maya"}, "tags": ["vip"]}


class BulkContacts(Shape):
    """Many contacts."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"items": [_ONE]}]})

    items: Annotated[list[ContactIn], Field(min_length=1, max_length=_MOST)]


class ContactItem(View):
    """What became of one of many."""

    index: int
    outcome: Literal["created", "updated", "unchanged", "duplicate", "rejected"]
    contact_id: ContactId | None = None
    code: str | None = Field(default=None, description="Of a rejected item: what is wrong", examples=["too_short"])
    reason: str = Field(default="", description="A sentence, where there is something to say")
    pointer: str | None = Field(default=None, description="Of a rejected item: where", examples=["/body/items/3/phone"])


class ContactItems(View):
    """An outcome for each item, in order."""

    items: list[ContactItem]


def _refused(index: int, problem: InvalidField) -> ContactItem:
    at = (problem.pointer or "/body").removeprefix("/body")
    pointer = problem.pointer if at.startswith("/items/") else f"/body/items/{index}{at}"
    return ContactItem(index=index, outcome="rejected", code=problem.code, reason=problem.detail, pointer=pointer)


def _settled(index: int, done: Upserted) -> ContactItem:
    if done.problem is not None:
        return _refused(index, InvalidField(done.problem.detail, pointer=pointer_of(done.problem), code=done.problem.code))
    return ContactItem(index=index, outcome=done.outcome, contact_id=done.contact_id)


router.add_api_route("/bulk", not_offered, methods=["GET", "PUT", "PATCH", "DELETE"], include_in_schema=False)


@router.post(
    "/bulk",
    status_code=200,
    summary="Create or update contacts in bulk",
    response_model=ContactItems,
    responses=documented(409),
)
async def upsert_bulk(
    body: BulkContacts, caller: Annotated[Caller, caller_with("contacts:write")], posting: PostingDep, context: ContextDep
) -> Response:
    """Up to 1,000 contacts in one transaction, each as POST /v1/contacts takes it, and each with its outcome.

    A rejected item keeps no other out. Of several items with one number the first counts, and the others are `duplicate`, but
    for items that name other people by `person`: those join the number. More than a few thousand go faster as a file:
    POST /v1/imports.
    """
    now = context.clock.now()
    numbers: dict[str, NumberFacts] = {}
    rounds: list[dict[str, tuple[int, Change]]] = []
    told: dict[str, dict[str, int]] = {}  # number -> people named on it -> item
    items: dict[int, ContactItem] = {}
    for index, item in enumerate(body.items):
        try:
            number, _ = read_phone(item.phone, default_region=item.default_region, pointer=f"/body/items/{index}/phone")
            change = item.change(now)
        except InvalidField as problem:
            items[index] = _refused(index, problem)
            continue
        people = told.setdefault(number.e164, {})
        try:
            first = told_before(people, change.person or "")
        except BadField as problem:
            items[index] = _refused(index, InvalidField(problem.detail, pointer="/body/person", code=problem.code))
            continue
        if first is not None:
            items[index] = ContactItem(index=index, outcome="duplicate", reason=f"same number as item {first}")
            continue
        if len(people) == len(rounds):
            rounds.append({})
        rounds[len(people)][number.e164] = index, change
        people[change.person or ""], numbers[number.e164] = index, number

    async def work(tx: Transaction) -> ContactItems:
        changes = [{phone: change for phone, (_, change) in members.items()} for members in rounds]
        done = await upsert_rounds(tx, workspace_id=caller.workspace_id, numbers=list(numbers.values()), rounds=changes, now=now)
        settled = {
            index: _settled(index, became[phone])
            for members, became in zip(rounds, done, strict=True)
            for phone, (index, _) in members.items()
        }
        return ContactItems(items=[found for _, found in sorted((items | settled).items())])

    return await posting.answer(caller, work, status=200)
