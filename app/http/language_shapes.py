"""How is one text written in several languages? Its body, the same by locale, and what goes beside each."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field

from app.domain import contact as limits
from app.domain.locales import LEAVE_OUT, MOST_LOCALES, texts_of
from app.domain.template import FILTER_NAMES, LONGEST_SOURCE
from app.http.content_shapes import ContentShape, ContentView
from app.http.shapes import Shape, Text, View
from app.usecases.templates import Languages

BESIDE = "What goes beside the text, as the channel carries it; its texts and addresses may hold merge tags too"
LOCALE = "The language the body is written in: amounts and days are written as it does"
LOCALES = (
    "The same text in other languages. A contact gets the one nearest to its locale: for `de-AT` that of `de-AT`, else of `de`, "
    "else the body"
)
Body = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=LONGEST_SOURCE,
        description="Text with merge tags, `{{ name | filter: argument }}`, and blocks as Liquid has them: `if`, `unless`, "
        "`case`, `for item in list`, `assign`, `raw`, `comment`. Values are the contact's attributes, `phone`, `locale` and "
        "`opt_out_link` (the number's own page to opt out). A missing one is neither text nor true, and `default` stands in for "
        f"it. Filters: {FILTER_NAMES}",
    ),
]
Locale = Annotated[str, Field(pattern=limits.LOCALE_PATTERN), AfterValidator(limits.check_locale)]

FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$", max_length=200)]
Defaults = Annotated[dict[FieldName, Annotated[Text, Field(min_length=1, max_length=200)]], Field(max_length=100)]
Missing = Literal["skip", "leave_out"]
DEFAULTS = "What is written for a missing value where the text itself has no `default` for it, by its name"
MISSING = (
    "What becomes of a person who lacks a value that has no default: `skip`, no message, or `leave_out`, the text without it. A "
    "check and a preflight count them"
)


class TextShape(Shape):
    """A text in one language."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"body": "Hallo {{ first_name }}! Abmelden: STOP antworten"}]})

    body: Body
    content: ContentShape | None = Field(default=None, description=f"{BESIDE}. Without it, what goes beside the body")
    defaults: Defaults = Field(default_factory=dict, description="Before those of the version")


Locales = Annotated[dict[Locale, TextShape], Field(max_length=MOST_LOCALES)]


class TextView(View):
    """A text in one language."""

    body: str
    content: ContentView | None = None
    defaults: dict[str, str] = Field(default_factory=dict)


def languages_in(
    locale: str | None, locales: Mapping[str, TextShape], *, defaults: Mapping[str, str], missing: Missing
) -> Languages:
    """The languages of a request as values, with what it says of missing ones."""
    texts = {tag: (text.body, text.content.content() if text.content else None, text.defaults) for tag, text in locales.items()}
    return Languages(locale or "", texts, defaults, missing == LEAVE_OUT)


def text_views(stored: Mapping[str, Any] | None) -> dict[str, TextView]:
    """Stored texts in other languages as they are shown."""
    return {
        tag: TextView(body=text["body"], content=text.get("content"), defaults=text.get("defaults") or {})
        for tag, text in texts_of(stored).items()
    }


def gap_views(stored: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a stored version says of missing values, as fields of its view."""
    kept = stored or {}
    return {"defaults": kept.get("defaults") or {}, "missing": kept.get("missing") or "skip"}
