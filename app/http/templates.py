"""What can be done with templates? Write, add versions, list, preview with parts and missing values."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import ConfigDict, Field

from app.domain.errors import InvalidField
from app.domain.locales import language_of
from app.domain.message import Channel
from app.domain.rich import PLAIN, Content
from app.http.content_shapes import ContentShape, ContentView
from app.http.deps import ContextDep, Cursor, Limit, PostingDep, caller_with
from app.http.ids import TemplateId
from app.http.language_shapes import (
    BESIDE,
    DEFAULTS,
    LOCALE,
    LOCALES,
    MISSING,
    Body,
    Defaults,
    Locale,
    Locales,
    Missing,
    TextView,
    gap_views,
    languages_in,
    text_views,
)
from app.http.preview_shapes import MOST_VERSIONS, PreviewIn, PreviewView, preview_view
from app.http.problems import documented
from app.http.shapes import Instant, Name, Page, Shape, View, page_of, read_cursor, read_id_cursor
from app.storage.database import Row, Transaction
from app.usecases.authenticate import Caller
from app.usecases.preview_template import preview_template
from app.usecases.templates import (
    add_version,
    compiled,
    create_template,
    list_templates,
    list_versions,
    read_template,
    read_version,
)

router = APIRouter(prefix="/templates", tags=["templates"])

_BODY = 'Hi {{ first_name | default: "there" }}, your order {{ order }} is ready. Reply STOP to opt out'


_FIELDS: list[Any] = [{"name": "first_name", "has_default": True}, {"name": "order", "has_default": False}]
_VERSION: dict[str, Any] = {"version": 1, "body": _BODY, "fields": _FIELDS, "created_at": "2026-11-23T10:00:00Z"}
_TEMPLATE: dict[str, Any] = {
    **_VERSION,
    "id": "tpl_01jdd00000e008000000000001",
    "name": "order ready",
    "channel": "sms",
    "updated_at": "2026-11-23T10:00:00Z",
}


class TemplateIn(Shape):
    """A text to be personalised."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "order ready", "channel": "sms", "body": _BODY}]})

    name: Name
    channel: Channel = Channel.SMS
    body: Body
    content: ContentShape | None = Field(default=None, description=BESIDE)
    locale: Locale | None = Field(default=None, description=LOCALE)
    locales: Locales = Field(default_factory=dict, description=LOCALES)
    defaults: Defaults = Field(default_factory=dict, description=DEFAULTS)
    missing: Missing = Field(default="skip", description=MISSING)


class VersionIn(Shape):
    """The next version of a text."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"body": _BODY}]})

    body: Body
    content: ContentShape | None = Field(default=None, description=BESIDE)
    locale: Locale | None = Field(default=None, description=LOCALE)
    locales: Locales = Field(default_factory=dict, description=LOCALES)
    defaults: Defaults = Field(default_factory=dict, description=DEFAULTS)
    missing: Missing = Field(default="skip", description=MISSING)


class FieldView(View):
    """A value the text uses."""

    name: str
    has_default: bool = Field(
        description="Whether the text is whole without it: every use has a default, or lies where a condition says it is there. "
        "Otherwise a person who lacks it gets no message"
    )


class TemplateView(View):
    """A template as its newest version has it."""

    model_config = ConfigDict(json_schema_extra={"examples": [_TEMPLATE]})

    id: TemplateId
    name: str
    channel: Channel
    version: int
    body: str
    content: ContentView | None = None
    locale: str | None = Field(default=None, description=LOCALE)
    locales: dict[str, TextView] = Field(default_factory=dict, description=LOCALES)
    defaults: dict[str, str] = Field(default_factory=dict, description=DEFAULTS)
    missing: Missing = Field(default="skip", description=MISSING)
    fields: list[FieldView]
    created_at: Instant
    updated_at: Instant


class VersionView(View):
    """One version, as it will always be."""

    model_config = ConfigDict(json_schema_extra={"examples": [_VERSION]})

    version: int
    body: str
    content: ContentView | None = None
    locale: str | None = Field(default=None, description=LOCALE)
    locales: dict[str, TextView] = Field(default_factory=dict, description=LOCALES)
    defaults: dict[str, str] = Field(default_factory=dict, description=DEFAULTS)
    missing: Missing = Field(default="skip", description=MISSING)
    fields: list[FieldView]
    created_at: Instant


def _fields(row: Row) -> list[FieldView]:
    template = compiled(row["body"], locales=row["locales"])
    return [FieldView(name=field.name, has_default=field.has_default) for field in template.fields]


def _content(shape: ContentShape | None) -> Content:
    return shape.content() if shape else PLAIN


def _view(row: Row) -> TemplateView:
    return TemplateView(
        id=row["id"],
        name=row["name"],
        channel=row["channel"],
        version=row["version"],
        body=row["body"],
        content=row["content"],
        locale=language_of(row["locales"]) or None,
        locales=text_views(row["locales"]),
        **gap_views(row["locales"]),
        fields=_fields(row),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _version_view(row: Row) -> VersionView:
    return VersionView(
        version=row["version"],
        body=row["body"],
        content=row["content"],
        locale=language_of(row["locales"]) or None,
        locales=text_views(row["locales"]),
        **gap_views(row["locales"]),
        fields=_fields(row),
        created_at=row["created_at"],
    )


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
            body=body.body,
            content=_content(body.content),
            languages=languages_in(body.locale, body.locales, defaults=body.defaults, missing=body.missing),
            now=now,
        )
        return _view(row)

    return await posting.answer(caller, work)


@router.get("", summary="List templates", responses=documented())
async def list_(
    context: ContextDep, caller: Annotated[Caller, caller_with("templates:read")], limit: Limit = 50, cursor: Cursor = None
) -> Page[TemplateView]:
    """Newest first, each with its newest body."""
    filters: dict[str, Any] = {"list": "templates"}
    before = read_id_cursor(cursor, filters=filters)
    rows = await list_templates(context, workspace_id=caller.workspace_id, before=before, limit=limit + 1)
    return Page(**page_of(list(rows), limit=limit, shape=_view, key=lambda row: str(row["id"]), filters=filters))


@router.get("/{template_id}", summary="Get a template", responses=documented(404))
async def get(
    template_id: TemplateId, context: ContextDep, caller: Annotated[Caller, caller_with("templates:read")]
) -> TemplateView:
    """One template with its newest body."""
    return _view(await read_template(context, workspace_id=caller.workspace_id, template_id=template_id))


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
            body=body.body,
            content=_content(body.content),
            languages=languages_in(body.locale, body.locales, defaults=body.defaults, missing=body.missing),
            now=now,
        )
        return _view(row)

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
    return Page(**page_of(list(rows), limit=limit, shape=_version_view, key=lambda row: str(row["version"]), filters=filters))


@router.get("/{template_id}/versions/{version}", summary="Get a version", responses=documented(404))
async def version(
    template_id: TemplateId,
    version: Annotated[int, Path(ge=1, le=MOST_VERSIONS)],
    context: ContextDep,
    caller: Annotated[Caller, caller_with("templates:read")],
) -> VersionView:
    """One version as it was written."""
    row = await read_version(context, workspace_id=caller.workspace_id, template_id=template_id, version=version)
    return _version_view(row)


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
