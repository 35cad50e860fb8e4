"""Does a template say what its author meant, refuse what it cannot, and never send a text with a hole in it?"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.template import (
    LONGEST_OUTPUT,
    LONGEST_SOURCE,
    Field,
    MissingField,
    OutputTooLong,
    TemplateProblem,
    compile_template,
)

_ANNA: dict[str, Any] = {
    "first_name": "anna",
    "last_name": "DE LA CRUZ",
    "empty": "",
    "nothing": None,
    "spaces": "  x  ",
    "visits": 3,
    "zero": 0,
    "balance": 12.5,
    "total": 1234567.0,
    "tenth": 0.1 + 0.2,
    "huge": 1e300,
    "large": 2.0**53,
    "member": True,
    "guest": False,
    "list": ["a"],
    "contact": {"attributes": {"city": "Köln", "empty": ""}},
    "infinite": float("inf"),
    "digits": 10**5000,
}

_RENDERED = [
    ("", ""),
    ("no tags", "no tags"),
    ("Hi {{ first_name }}!", "Hi anna!"),
    ("{{first_name}}{{first_name}}", "annaanna"),
    ("{{ first_name | capitalize }}", "Anna"),
    ("{{ last_name | capitalize }}", "De la cruz"),
    ("{{ first_name | upcase }} {{ last_name | downcase }}", "ANNA de la cruz"),
    ("[{{ spaces | strip }}]", "[x]"),
    ("[{{ spaces }}]", "[  x  ]"),
    ('Hi {{ nickname | default: "there" | capitalize }}', "Hi There"),
    ('Hi {{ nickname | capitalize | default: "there" }}', "Hi there"),
    ("Hi {{ empty | default: 'there' }}", "Hi there"),
    ('Hi {{ nothing | default: "it\'s you" }}', "Hi it's you"),
    ('{{ nickname | default: "" }}.', "."),
    ("{{ nickname | default: 5 }}", "5"),
    ('{{ nickname | default: "a" | default: "b" }}', "a"),
    ('{{ nickname | default: "}} | {{ {% x %}" }}', "}} | {{ {% x %}"),
    ("{{ visits }} {{ zero }} {{ balance }} {{ total }} {{ tenth }}", "3 0 12.5 1234567 0.3"),
    ("{{ huge }} {{ large }}", "1e+300 9007199254740992"),
    ("{{ member }} {{ guest }}", "true false"),
    ("{{ contact.attributes.city | upcase }}", "KÖLN"),
    ('{{ contact.attributes.street | default: "?" }}', "?"),
    ('{{ contact.attributes.city.part | default: "?" }}', "?"),
    ('{{ contact.attributes | default: "?" }}', "?"),
    ('{{ list | default: "?" }}{{ infinite | default: "?" }}{{ digits | default: "?" }}', "???"),
    ("{{ last_name | truncate: 5 }}", "DE..."),
    ('{{ last_name | truncate: 5, "" }}', "DE LA"),
    ('{{ last_name | truncate: 1, "…" }}', "…"),
    ("{{ last_name | truncate }}", "DE LA CRUZ"),
    ("a { b } c {x} 100%", "a { b } c {x} 100%"),
    ("line one\nline {{ visits }}", "line one\nline 3"),
    ("{{\n  first_name\n  |\n  upcase\n}}", "ANNA"),
]


@pytest.mark.parametrize(("source", "text"), _RENDERED)
def test_a_template_renders(source: str, text: str) -> None:
    assert compile_template(source).render(_ANNA) == text


@pytest.mark.parametrize("name", ["nickname", "empty", "nothing", "list", "contact.attributes.empty", "first_name.x", "a.b.c"])
@pytest.mark.parametrize("filters", ["", " | upcase"])
def test_a_hole_is_never_sent(name: str, filters: str) -> None:
    with pytest.raises(MissingField) as gap:
        compile_template(f"Hi {{{{ {name}{filters} }}}}").render(_ANNA)
    assert gap.value.name == name


_REFUSED = [
    ("Hi {{ first_name", 1, 4, "this tag is never closed"),
    ("Hi {{ first_name {{ b }}", 1, 4, "this tag is never closed"),
    ("a\nb {{ x | default: 'y }}", 2, 19, "a quote is never closed"),
    ("x }} y", 1, 3, "this closes no tag"),
    ("x\n{% if a %}", 2, 1, "this if is never closed; it ends with {% endif %}"),
    ("{{ }}", 1, 1, "a tag begins with the name of a value"),
    ("{{ | upcase }}", 1, 4, "a tag begins with the name of a value"),
    ("{{ contains }}", 1, 4, "a tag begins with the name of a value"),
    ("{{ a b }}", 1, 6, "expected | and a filter, or the end of the tag"),
    ("{{ a : 5 }}", 1, 6, "expected | and a filter, or the end of the tag"),
    ("{{ a | }}", 1, 8, "the name of a filter is missing"),
    ("{{ a | shout }}", 1, 8, "no filter is called 'shout'; there are abs, append, at_least, at_most, capitalize, ceil, date,"),
    ("{{ a | upcase: 5 }}", 1, 8, "upcase takes no arguments"),
    ("{{ a | default }}", 1, 8, "default takes one argument"),
    ("{{ a | default: | }}", 1, 17, "an argument is a quoted text, a number or a name"),
    ("{{ a | append }}", 1, 8, "append wants a text behind a colon"),
    ("{{ a | plus: 'b' }}", 1, 14, "plus wants a number here"),
    ("{{ a | date: '%Q' }}", 1, 14, "%Q means nothing in a date"),
    ("{{ a | date: '%99999999d' }}", 1, 14, "%9 means nothing in a date"),
    ("{{ a | money: 'euro' }}", 1, 15, "money wants a currency's code such as 'EUR' here"),
    ("{{ a" + " | strip" * 21 + " }}", 1, 166, "a tag may have 20 filters"),
    ('{{ a | default: "b", "c" }}', 1, 8, "default takes one argument"),
    ('{{ a | truncate: "b" }}', 1, 18, "truncate wants a whole number here"),
    ("{{ a | truncate: 5, 5 }}", 1, 21, "truncate wants a text here"),
    ('{{ a | truncate: 5, "x", 5 }}', 1, 8, "truncate takes 2 arguments"),
    ("{{ a | truncate: 9999999 }}", 1, 18, "a number may have 6 digits"),
    ("{{ a.__class__[0] }}", 1, 15, "'[' means nothing here"),
    ("{{ a. }}", 1, 5, "'.' means nothing here"),
    ("{{ a-b }}", 1, 5, "'-' means nothing here"),
    ("{{ é }}", 1, 4, "'é' means nothing here"),
    ("x" * (LONGEST_SOURCE + 1), 1, 1, "10001 characters; a template may have 10000"),
]


@pytest.mark.parametrize(("source", "line", "column", "detail"), _REFUSED, ids=[row[0][:30] for row in _REFUSED])
def test_a_fault_is_named_with_its_place(source: str, line: int, column: int, detail: str) -> None:
    with pytest.raises(TemplateProblem) as problem:
        compile_template(source)
    assert (problem.value.line, problem.value.column) == (line, column)
    assert detail in problem.value.detail


def test_a_name_has_a_default_only_when_every_use_of_it_has() -> None:
    found = compile_template("{{ a | default: 1 }} {{ b.c }} {{ a }} {{ d | upcase | default: 'x' }}").fields
    assert found == (Field("a", False), Field("b.c", False), Field("d", True))


def test_the_longest_text_goes_and_one_more_character_does_not() -> None:
    template = compile_template(f"{{{{ text }}}}{'x' * 100}")
    assert len(template.render({"text": "y" * (LONGEST_OUTPUT - 100)})) == LONGEST_OUTPUT
    with pytest.raises(OutputTooLong):
        template.render({"text": "y" * (LONGEST_OUTPUT - 99)})
    with pytest.raises(OutputTooLong):
        compile_template("x" * (LONGEST_OUTPUT + 1)).render({})


def test_a_long_value_used_a_thousand_times_is_not_copied_a_thousand_times() -> None:
    with pytest.raises(OutputTooLong):
        compile_template("{{ a | upcase }}" * 600).render({"a": "x" * 1_000_000})


@pytest.mark.parametrize("values", [{"a": {"__class__": "no"}}, {"a": object()}, {"a": "x"}])
def test_only_what_was_given_is_reached(values: dict[str, Any]) -> None:
    assert compile_template("{{ a.__class__.__name__ | default: 'nothing' }}").render(values) == "nothing"


_PIECES = st.sampled_from([*"ab |:,.\"'\n5", "{{", "}}", "{%", "{{ a }}", '{{ b | default: "c" }}'])


def _problem_of(source: str) -> TemplateProblem | None:
    try:
        compile_template(source)
    except TemplateProblem as problem:
        return problem
    return None


@given(st.lists(_PIECES, max_size=25).map("".join))
def test_any_source_is_a_template_or_a_problem_in_one_of_its_places(source: str) -> None:
    problem = _problem_of(source)
    if problem is None:
        names = {field.name for field in compile_template(source).fields}
        assert all(name in source for name in names)
        assert bool(names) is ("{{" in source)
        return
    lines = source.split("\n")
    assert 1 <= problem.line <= len(lines)
    assert 1 <= problem.column <= len(lines[problem.line - 1])


@given(st.text(max_size=200).filter(lambda text: not {"{{", "}}", "{%"} & {text[i : i + 2] for i in range(len(text))}))
def test_a_text_without_tags_is_sent_as_it_is(text: str) -> None:
    assert compile_template(text).render({}) == text
