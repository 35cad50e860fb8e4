"""What does a workspace say? Templates are compiled when they are written; each version is kept as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from app.clock import new_id
from app.domain.errors import InvalidField, NotFound
from app.domain.locales import LEAVE_OUT, gaps_of, language_of, spoken, texts_of
from app.domain.message import Channel
from app.domain.rich import PLAIN, Content, addresses_in, check_content, content_json, read_content
from app.domain.rich_template import RichTemplate
from app.domain.template import Gaps, Template, TemplateProblem, compile_template, in_languages
from app.storage import templates
from app.storage.database import Row, Transaction
from app.usecases.context import Context


@dataclass(frozen=True, slots=True)
class Languages:
    """The language of a version's own body ("": not said), and the same text in others: locale -> (body, what is beside it).

    Without content of its own a language has that of the version. `defaults` stand for missing values, by name, those of a
    language before the version's; `leave_out` writes nothing for the rest, where otherwise the person would get no text.
    """

    own: str = ""
    texts: Mapping[str, tuple[str, Content | None, Mapping[str, str]]] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    leave_out: bool = False


ONE_LANGUAGE = Languages()


def compiled(body: str, *, locales: Mapping[str, Any] | None = None, pointer: str = "/body/body") -> Template:
    """The body, compiled with the same in other languages. Raises InvalidField with line and column in its detail.

    A fault in one of those is told by its locale, under `/locales` beside the body's pointer where that is a body's.
    """
    own = _compiled(body, language_of(locales), gaps_of(locales), pointer)
    others = {
        tag: _compiled(
            text["body"], tag, gaps_of(locales, tag), f"/body/locales/{tag}/body" if pointer == "/body/body" else pointer
        )
        for tag, text in texts_of(locales).items()
    }
    return in_languages(own, others)


def _compiled(body: str, locale: str, gaps: Gaps, pointer: str) -> Template:
    try:
        return compile_template(body, locale=locale, gaps=gaps)
    except TemplateProblem as problem:
        raise InvalidField(str(problem), pointer=pointer, code="bad_template") from problem


def compiled_content(
    stored: Mapping[str, Any] | None, *, locales: Mapping[str, Any] | None = None, pointer: str = "/body/content"
) -> RichTemplate:
    """What goes beside a text, compiled, with the same in other languages. Raises InvalidField for a fault in a merge tag."""
    try:
        others = {
            tag: RichTemplate(text["content"], locale=tag, gaps=gaps_of(locales, tag))
            for tag, text in texts_of(locales).items()
            if text.get("content")
        }
        return RichTemplate(stored, locale=language_of(locales), gaps=gaps_of(locales), others=others)
    except TemplateProblem as problem:
        raise InvalidField(str(problem), pointer=pointer, code="bad_template") from problem


def all_texts(body: str, locales: Mapping[str, Any] | None) -> str:
    """Everything a version may say, in all its languages, with the addresses beside its other languages: where its links are."""
    found = [body]
    for text in texts_of(locales).values():
        found += (text["body"], *addresses_in(read_content(text.get("content"))))
    return "\n".join(found)


def _checked(content: Content, channel: str) -> dict[str, Any] | None:
    """Content as it is stored. Raises InvalidField for what the channel cannot carry, or a fault in a merge tag."""
    check_content(content, Channel(channel))
    stored = content_json(content)
    compiled_content(stored)
    return stored


def _spoken(content: Content, locale: str) -> Content:
    """The content with its script spoken in a locale: neither a voice nor a recording of another language fits it."""
    return replace(content, speech=replace(content.speech, language=spoken(locale), voice="", recording=""))


def _own(content: Content, languages: Languages, channel: str) -> Content:
    """What goes beside the version's own body; a call whose speech nobody described is spoken in the body's language."""
    said = channel == Channel.VOICE and languages.own and content.speech == PLAIN.speech
    return _spoken(content, languages.own) if said else content


def _checked_locales(languages: Languages, channel: str, beside: Content) -> dict[str, Any] | None:
    """Languages as they are stored; None where nothing is said of them. Raises InvalidField with the locale."""
    texts: dict[str, dict[str, Any]] = {}
    for tag, (body, content, defaults) in languages.texts.items():
        if tag.lower() in {known.lower() for known in (*texts, languages.own)}:
            raise InvalidField(f"there are two texts for {tag}", pointer=f"/body/locales/{tag}", code="repeated")
        stored = None
        if content is None and channel == Channel.VOICE:
            content = _spoken(beside, tag)  # noqa: PLW2901 - what it was given is of another language
        if content is not None:
            check_content(content, Channel(channel), pointer=f"/body/locales/{tag}/content")
            stored = content_json(content)
            compiled_content(stored, pointer=f"/body/locales/{tag}/content")
        texts[tag] = {"body": body, "content": stored, "defaults": dict(defaults)}
    if languages == ONE_LANGUAGE:
        return None
    gaps = {"defaults": dict(languages.defaults), "missing": LEAVE_OUT if languages.leave_out else "skip"}
    return {"own": languages.own, "texts": texts, **gaps}


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A version as somebody wrote it: the text of the template's own channel, and the same for others.

    A campaign that falls back finds there what to say on its other ways.
    """

    body: str
    content: Content = PLAIN
    languages: Languages = ONE_LANGUAGE
    others: Mapping[str, "Written"] = field(default_factory=dict)

    def columns(self, channel: str) -> dict[str, Any]:
        """As it is stored. Raises InvalidField, its pointer in the request."""
        columns = self._text(channel)
        channels: dict[str, Any] = {}
        for other, text in self.others.items():
            if other == channel:
                raise InvalidField("this is the template's own channel", pointer=f"/body/channels/{other}", code="repeated")
            try:
                channels[other] = text._text(other)  # noqa: SLF001 - one of its own kind
            except InvalidField as problem:
                problem.pointer = (problem.pointer or "/body").replace("/body", f"/body/channels/{other}", 1)
                raise
        return {**columns, "channels": channels or None}

    def _text(self, channel: str) -> dict[str, Any]:
        stored = _checked(_own(self.content, self.languages, channel), channel)
        locales = _checked_locales(self.languages, channel, self.content)
        compiled(self.body, locales=locales)
        return {"body": self.body, "content": stored, "locales": locales}


def of_channel(version: Mapping[str, Any], own: str, channel: str) -> Mapping[str, Any] | None:
    """The body, content and locales a version has for a channel, `own` being its template's; None without any."""
    if own == channel:
        return version
    found: Mapping[str, Any] | None = (version["channels"] or {}).get(channel)
    return found


async def create_template(
    tx: Transaction, *, workspace_id: UUID, name: str, channel: str, written: Written, now: datetime
) -> Row:
    """Write a template's first version. Raises InvalidField and Conflict."""
    template_id = new_id()
    await templates.add_template(
        tx,
        workspace_id=workspace_id,
        template_id=template_id,
        name=name,
        channel=channel,
        now=now,
        **written.columns(channel),
    )
    return await _found(tx, workspace_id, template_id)


async def add_version(tx: Transaction, *, workspace_id: UUID, template_id: UUID, written: Written, now: datetime) -> Row:
    """Write the next version; the template with it. Campaigns keep the version they were made with. Raises NotFound."""
    channel = (await _found(tx, workspace_id, template_id))["channel"]
    columns = written.columns(channel)
    await templates.add_version(tx, workspace_id=workspace_id, template_id=template_id, now=now, **columns)
    return await _found(tx, workspace_id, template_id)


async def _found(tx: Transaction, workspace_id: UUID, template_id: UUID) -> Row:
    row = await templates.read_template(tx, workspace_id=workspace_id, template_id=template_id)
    if row is None:
        raise NotFound("no such template", pointer="/path/template_id")
    return row


async def read_template(context: Context, *, workspace_id: UUID, template_id: UUID) -> Row:
    """One template with its newest body. Raises NotFound."""
    async with context.db.transaction() as tx:
        return await _found(tx, workspace_id, template_id)


async def list_templates(context: Context, *, workspace_id: UUID, before: UUID | None, limit: int) -> Sequence[Row]:
    """Templates, newest first."""
    async with context.db.transaction() as tx:
        return await templates.list_templates(tx, workspace_id=workspace_id, before=before, limit=limit)


async def list_versions(
    context: Context, *, workspace_id: UUID, template_id: UUID, before: int | None, limit: int
) -> Sequence[Row]:
    """A template's versions, newest first. Raises NotFound."""
    async with context.db.transaction() as tx:
        await _found(tx, workspace_id, template_id)
        return await templates.list_versions(tx, workspace_id=workspace_id, template_id=template_id, before=before, limit=limit)


async def read_version(context: Context, *, workspace_id: UUID, template_id: UUID, version: int) -> Row:
    """One version. Raises NotFound."""
    async with context.db.transaction() as tx:
        row = await templates.read_version(tx, workspace_id=workspace_id, template_id=template_id, version=version)
    if row is None:
        raise NotFound("no such template or version", pointer="/path/version")
    return row
