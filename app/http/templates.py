"""What can be done with templates? Write, add versions, list, preview with parts and missing values."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from app.domain.errors import InvalidField
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import TemplateId
from app.http.preview_shapes import MOST_VERSIONS, PreviewIn, PreviewView, preview_view
from app.http.problems import documented
from app.http.shapes import Page, page_of, read_cursor, read_id_cursor
from app.http.template_shapes import TemplateIn, TemplateView, VersionIn, VersionView, template_view, version_view
from app.storage.database import Transaction
from app.usecases.authenticate import Caller
from app.usecases.preview_template import preview_template
from app.usecases.templates import (
    add_version,
    create_template,
    list_templates,
    list_versions,
    read_template,
    read_version,
)

router = APIRouter(prefix="/templates", tags=["templates"])


@router.post("", status_code=201, summary="Write a template", response_model=TemplateView, responses=documented(409))
async def create(
    body: TemplateIn, caller: Annotated[Caller, caller_with("templates:write")], posting: PostingDep, context: ContextDep
) -> Response:
    """Compiles the text and keeps it as version 1. A fault is named with its line and column.

    Who is written to in another language gets the nearest text: for `de-AT` that of `de-AT`, else of `de`, else the body.
    """
    now = context.clock.now()

    async def work(tx: Transaction) -> TemplateView:
        row = await create_template(
            tx,
            workspace_id=caller.workspace_id,
            name=body.name,
            channel=body.channel,
            written=body.written(),
            now=now,
        )
        return template_view(row)

    return await posting.answer(caller, work)


@router.get("", summary="List templates", responses=documented())
async def list_(
    context: ContextDep, caller: Annotated[Caller, caller_with("templates:read")], limit: Limit = 50, cursor: Cursor = None
) -> Page[TemplateView]:
    """Newest first, each with its newest body."""
    filters: dict[str, Any] = {"list": "templates"}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_templates(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1)
    return Page(**page_of(list(rows), limit=limit, shape=template_view, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{template_id}", summary="Get a template", responses=documented(404))
async def get(
    template_id: TemplateId, context: ContextDep, caller: Annotated[Caller, caller_with("templates:read")]
) -> TemplateView:
    """One template with its newest body."""
    return template_view(await read_template(context, workspace_id=caller.workspace_id, template_id=template_id))


@router.post(
    "/{template_id}/versions",
    status_code=201,
    summary="Write the next version",
    response_model=TemplateView,
    responses=documented(404, 409),
)
async def write_version(
    template_id: TemplateId,
    body: VersionIn,
    caller: Annotated[Caller, caller_with("templates:write")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Versions never change: campaigns keep the one they were made with, new ones take the newest."""
    now = context.clock.now()

    async def work(tx: Transaction) -> TemplateView:
        row = await add_version(
            tx,
            workspace_id=caller.workspace_id,
            template_id=template_id,
            written=body.written(),
            now=now,
        )
        return template_view(row)

    return await posting.answer(caller, work)


@router.get("/{template_id}/versions", summary="List versions", responses=documented(404))
async def versions(
    template_id: TemplateId,
    context: ContextDep,
    caller: Annotated[Caller, caller_with("templates:read")],
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[VersionView]:
    """Every version of the template with its text, newest first."""
    filters: dict[str, Any] = {"list": "versions", "template": template_id}
    after = read_cursor(cursor, filters=filters)
    if after is not None and not (after.isascii() and after.isdigit() and int(after) <= MOST_VERSIONS):
        raise InvalidField("the cursor is not one of ours", pointer="/query/cursor", code="bad_cursor")
    rows = await list_versions(
        context,
        workspace_id=caller.workspace_id,
        template_id=template_id,
        before=None if after is None else int(after),
        limit=limit + 1,
    )
    return Page(**page_of(list(rows), limit=limit, shape=version_view, key=lambda row: str(row["version"]), filters=filters))


@router.get("/{template_id}/versions/{version}", summary="Get a version", responses=documented(404))
async def version(
    template_id: TemplateId,
    version: Annotated[int, Path(ge=1, le=MOST_VERSIONS)],
    context: ContextDep,
    caller: Annotated[Caller, caller_with("templates:read")],
) -> VersionView:
    """One version as it was written."""
    row = await read_version(context, workspace_id=caller.workspace_id, template_id=template_id, version=version)
    return version_view(row)


@router.post(
    "/{template_id}/preview",
    status_code=200,
    summary="Preview a template",
    response_model=PreviewView,
    responses=documented(404, 409),
)
async def preview(
    template_id: TemplateId,
    body: PreviewIn,
    caller: Annotated[Caller, caller_with("templates:read")],
    posting: PostingDep,
    context: ContextDep,
) -> Response:
    """Renders for given values, for a contact, or for both, and says what it would cost and what is missing. Sends nothing."""

    async def work(tx: Transaction) -> PreviewView:
        return preview_view(
            await preview_template(
                tx,
                context,
                workspace_id=caller.workspace_id,
                template_id=template_id,
                version=body.version,
                values=body.values,
                contact_id=body.contact_id,
            )
        )

    return await posting.answer(caller, work, status=200)
