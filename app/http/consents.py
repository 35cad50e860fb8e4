"""How are yes and no recorded, and what stands for a number? Opt-ins and opt-outs, single and bulk, and current consents."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.domain.errors import InvalidField
from app.http.consent_shapes import (
    BulkOptIns,
    BulkOptOuts,
    OptInIn,
    OptInItem,
    OptInItems,
    OptInView,
    OptOutIn,
    OptOutItem,
    OptOutItems,
    OptOutLinkView,
    OptOutView,
)
from app.http.deps import ContextDep, PostingDep, caller_with
from app.http.phones import read_phone, read_queried_phone
from app.http.problems import documented
from app.http.standing_shapes import ConsentsView, consents_view
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.needed_besides import needed_besides
from app.usecases.opt_out_link import link_of
from app.usecases.read_consents import read_number_consents
from app.usecases.recall_messages import ring_for_recall
from app.usecases.record_opt_ins import OptIn, record_opt_ins
from app.usecases.record_opt_outs import OptOut, record_opt_outs

router = APIRouter(tags=["consent"])
WriterDep = Annotated[Caller, caller_with("consents:write")]


@router.post("/opt-ins", status_code=201, summary="Record an opt-in", response_model=OptInView, responses=documented(409))
async def opt_in(body: OptInIn, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Keeps a "yes" with its evidence, one line of the ledger a channel.

    Who opted out before comes back by fresh proof alone (`web_form`, `keyword`, `double_opt_in`, `paper`, `point_of_sale`,
    `voice`); an `import` or a plain `subscribe` is kept too, and answered with `not_lifted`.
    """
    now = context.clock.now()
    item = body.item(read_phone(body.phone, default_region=body.default_region)[0].e164)

    async def work(tx: Transaction) -> OptInView:
        (result,) = await record_opt_ins(
            tx, workspace_id=caller.workspace_id, items=[item], now=now, actor=caller.actor, source="api"
        )
        if result.problem is not None:
            raise result.problem
        needs = await needed_besides(tx, workspace_id=caller.workspace_id, phones=[result.phone])
        return OptInView.of(result, needs.get(result.phone, ()))

    return await posting.answer(caller, work)


@router.post(
    "/opt-ins/bulk", status_code=200, summary="Record opt-ins in bulk", response_model=OptInItems, responses=documented(409)
)
async def opt_ins(body: BulkOptIns, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Up to 1,000 opt-ins in one transaction, each with its outcome. A rejected item keeps no other from being recorded."""
    now = context.clock.now()
    items, refused = _readable(body.items)

    async def work(tx: Transaction) -> OptInItems:
        results = await record_opt_ins(
            tx, workspace_id=caller.workspace_id, items=list(items.values()), now=now, actor=caller.actor, source="api"
        )
        needs = await needed_besides(tx, workspace_id=caller.workspace_id, phones=[result.phone for result in results])
        rows = [OptInItem.at(index, result, needs.get(result.phone, ())) for index, result in zip(items, results, strict=True)]
        rows += [OptInItem.refused(index, body.items[index].phone, problem) for index, problem in refused.items()]
        return OptInItems(items=sorted(rows, key=lambda row: row.index))

    return await posting.answer(caller, work, status=200)


@router.post("/opt-outs", status_code=201, summary="Record an opt-out", response_model=OptOutView, responses=documented(409))
async def opt_out(body: OptOutIn, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Silences a number at once: from this answer on nothing more is claimed for it.

    What was waiting is cancelled, what was claimed but had not left is stopped; `beyond_recall` counts what a carrier has
    already. A "no" is never refused for the number being unknown or having opted out before.
    """
    now = context.clock.now()
    item = body.item(read_phone(body.phone, default_region=body.default_region)[0].e164)

    async def work(tx: Transaction) -> OptOutView:
        (result,) = await record_opt_outs(
            tx,
            workspace_id=caller.workspace_id,
            items=[item],
            now=now,
            actor=caller.actor,
            source="api",
            metrics=context.metrics,
        )
        ring_for_recall(tx, context, workspace_id=caller.workspace_id, results=[result])
        return OptOutView.of(result)

    return await posting.answer(caller, work)


@router.post(
    "/opt-outs/bulk", status_code=200, summary="Record opt-outs in bulk", response_model=OptOutItems, responses=documented(409)
)
async def opt_outs(body: BulkOptOuts, caller: WriterDep, posting: PostingDep, context: ContextDep) -> Response:
    """Up to 1,000 opt-outs in one transaction, each with what it stopped. An unreadable number is told of and stops no other."""
    now = context.clock.now()
    items, refused = _readable(body.items)

    async def work(tx: Transaction) -> OptOutItems:
        results = await record_opt_outs(
            tx,
            workspace_id=caller.workspace_id,
            items=list(items.values()),
            now=now,
            actor=caller.actor,
            source="api",
            metrics=context.metrics,
        )
        ring_for_recall(tx, context, workspace_id=caller.workspace_id, results=results)
        rows = [OptOutItem.of(index, result) for index, result in zip(items, results, strict=True)]
        rows += [OptOutItem.refused(index, body.items[index].phone, problem) for index, problem in refused.items()]
        return OptOutItems(items=sorted(rows, key=lambda row: row.index))

    return await posting.answer(caller, work, status=200)


@router.get("/consents", summary="What stands for a number?", responses=documented())
async def consents(
    context: ContextDep,
    caller: Annotated[Caller, caller_with("consents:read")],
    phone: Annotated[str, Query(max_length=64, description="E.164", examples=["+14155550123"])],
) -> ConsentsView:
    """Consent as it stands and every suppression, of any number, known or not."""
    number = read_queried_phone(phone)
    return consents_view(await read_number_consents(context, workspace_id=caller.workspace_id, phone=number))


@router.get("/opt-out-link", summary="Get a number's opt-out link", responses=documented())
async def opt_out_link(
    context: ContextDep,
    caller: Annotated[Caller, caller_with("consents:read")],
    phone: Annotated[str, Query(max_length=64, description="E.164", examples=["+14155550123"])],
) -> OptOutLinkView:
    """An address to put into messages: it opens a page with one button, and only pressing that opts out (a POST; RFC 8058 too).

    It is always the same for a number, gives no number away, and can do nothing but opt this one out of marketing.
    """
    number = read_queried_phone(phone)
    return OptOutLinkView(phone=number, url=link_of(context, workspace_id=caller.workspace_id, phone=number))


def _readable(bodies: Sequence[Any]) -> tuple[dict[int, Any], dict[int, InvalidField]]:
    """The items whose number can be read, by their place, and the problems of the others."""
    items: dict[int, OptIn | OptOut] = {}
    refused: dict[int, InvalidField] = {}
    for index, body in enumerate(bodies):
        try:
            number, _ = read_phone(body.phone, default_region=body.default_region, pointer=f"/body/items/{index}/phone")
        except InvalidField as problem:
            refused[index] = problem
        else:
            items[index] = body.item(number.e164)
    return items, refused
