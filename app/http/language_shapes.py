"""How is one text written in several languages? Its body, the same by locale, and what goes beside each."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field

from app.domain import contact as limits
from app.domain.locales import MOST_LOCALES, texts_of
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


class TextShape(Shape):
    """A text in one language."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"body": "Hallo {{ first_name }}! Abmelden: STOP antworten"}]})

    body: Body
    content: ContentShape | None = Field(default=None, description=f"{BESIDE}. Without it, what goes beside the body")


Locales = Annotated[dict[Locale, TextShape], Field(max_length=MOST_LOCALES)]


class TextView(View):
    """A text in one language."""

    body: str
    content: ContentView | None = None


def languages_in(locale: str | None, locales: Mapping[str, TextShape]) -> Languages:
    """The languages of a request as values."""
    texts = {tag: (text.body, text.content.content() if text.content else None) for tag, text in locales.items()}
    return Languages(locale or "", texts)


def text_views(stored: Mapping[str, Any] | None) -> dict[str, TextView]:
    """Stored texts in other languages as they are shown."""
    return {tag: TextView(body=text["body"], content=text.get("content")) for tag, text in texts_of(stored).items()}
