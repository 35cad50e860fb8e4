"""How does a text become personal? A part of Liquid, compiled once, rendered by joining, with nothing in it that can run away."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from app.domain.liquid.expressions import Meaning
from app.domain.liquid.filters import FILTERS
from app.domain.liquid.names import Field, Gaps, Names
from app.domain.liquid.parser import Parser
from app.domain.liquid.sequence import Sequence
from app.domain.liquid.styles import style_of
from app.domain.liquid.tokens import TemplateProblem, problem
from app.domain.liquid.values import LONGEST_OUTPUT, MissingField, OutputTooLong, Scope, Values, item_named
from app.domain.locales import nearest

__all__ = [
    "FILTER_NAMES",
    "LONGEST_OUTPUT",
    "LONGEST_SOURCE",
    "Field",
    "Gaps",
    "MissingField",
    "OutputTooLong",
    "Template",
    "TemplateProblem",
    "Values",
    "compile_template",
    "in_languages",
]

LONGEST_SOURCE = 10_000
NO_TEXT = Gaps()
"""Who lacks a value gets no text at all."""
FILTER_NAMES = ", ".join(sorted([*FILTERS, "default"]))


@dataclass(frozen=True, slots=True)
class Template:
    """A compiled text. `literals` are the texts written in it, `fields` the values it asks for.

    `others` is the same text in other languages, by locale in lower case; literals and fields are those of all of them. Which one
    is rendered is for the value `locale` to say. `own_fields` are those of its own language alone, where there are others.
    """

    source: str
    fields: tuple[Field, ...]
    literals: tuple[str, ...] = field(repr=False, compare=False)
    whole: Sequence = field(repr=False, compare=False)
    scoped: bool = field(repr=False, compare=False)
    others: Mapping[str, "Template"] = field(default_factory=dict, repr=False, compare=False)
    own_fields: tuple[Field, ...] = field(default=(), repr=False, compare=False)

    def render(self, values: Values) -> str:
        """The text for these values. Raises MissingField, or OutputTooLong past 1,600 characters or 10,000 steps.

        Text, numbers and booleans are written; everything else, and an empty text, is missing.
        """
        if self.others:
            other = nearest(self.others, values.get("locale"))
            if other is not None:
                return other.render(values)
        return self.whole.read(Scope(values) if self.scoped else values)

    def lacking(self, values: Values) -> tuple[str, ...]:
        """The values it asks for that are not there, whether or not the text is whole without them."""
        chosen = nearest(self.others, values.get("locale")) or self
        found = []
        for used in chosen.own_fields or chosen.fields:
            value: object = values
            for part in used.name.split("."):
                value = item_named(value, part)
            if value is None or value in ("", []):
                found.append(used.name)
        return tuple(found)

    def render_marked(self, values: Values) -> tuple[str, tuple[str, ...]]:
        """The text with `[name]` in place of each value that is missing, and their names. Raises OutputTooLong."""
        other = nearest(self.others, values.get("locale"))
        if other is not None:
            return other.render_marked(values)
        scope = Scope(values, {})
        text = self.whole.read(scope)
        return text, tuple(scope.marks or ())


def compile_template(source: str, *, locale: str = "", gaps: Gaps = NO_TEXT) -> Template:
    """Compile a text written in a language. Raises TemplateProblem, with the line and column of the fault.

    `{{ name | filter: argument }}` writes a value; the blocks are if, unless, case, for, assign, raw and comment. There are no
    ranges, no includes, no recursion: a loop goes over a list a contact has. Amounts and days are written as the locale does.
    `gaps` says what is written for a missing value without a default.
    """
    if len(source) > LONGEST_SOURCE:
        raise problem("", 0, f"{len(source)} characters; a template may have {LONGEST_SOURCE}")
    meaning = Meaning(style_of(locale), Names(), [], gaps)
    parser = Parser(source, meaning)
    whole = parser.parse()
    return Template(source, meaning.names.fields(), tuple(meaning.literals), whole, parser.scoped)


def in_languages(own: Template, others: Mapping[str, Template]) -> Template:
    """One template of a text and the same in other languages, by locale."""
    if not others:
        return own
    whole: dict[str, bool] = {}
    literals: list[str] = []
    for one in (own, *others.values()):
        literals += one.literals
        for used in one.fields:
            whole[used.name] = whole.get(used.name, True) and used.has_default
    fields = tuple(Field(name, has_default) for name, has_default in whole.items())
    return replace(
        own,
        fields=fields,
        literals=tuple(literals),
        own_fields=own.fields,
        others={locale.lower(): one for locale, one in others.items()},
    )
