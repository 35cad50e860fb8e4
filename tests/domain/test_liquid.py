"""Do conditions, loops and filters do what Liquid's do, and can nobody write one that runs away, grows or breaks out?"""

from typing import Any

import pytest

from app.domain.template import (
    Field,
    Gaps,
    MissingField,
    TemplateProblem,
    compile_template,
    in_languages,
)

_MAYA: dict[str, Any] = {
    "name": "Maya",
    "hole": "",
    "vip": True,
    "guest": False,
    "points": 120,
    "text_points": "120",
    "balance": 12.5,
    "since": "2026-03-09",
    "due": "2026-11-05T18:05:00+01:00",
    "sizes": ["S", "M", "XL"],
    "none": [],
    "lines": [{"item": "boots", "price": 80}, {"item": "socks", "price": 7.5}],
    "full": "Maya de la Cruz",
}

_CONDITIONS = [
    ("vip", True),
    ("guest", False),
    ("name", True),
    ("nickname", False),
    ("hole", False),  # Liquid holds an empty text for true, and then writes nothing: here a hole is a hole
    ("none", False),
    ("points > 100", True),
    ("text_points > 99.5", True),
    ("points == text_points", True),
    ("points >= 121", False),
    ("nickname > 1", False),
    ("name > 1", False),
    ('since < "2026-04-01"', True),
    ('name == "Maya"', True),
    ('name != "Maya"', False),
    ("hole == blank", True),
    ('hole == ""', True),
    ("nickname == nil", True),
    ("nickname != blank", False),
    ("vip == true", True),
    ("vip == 1", False),
    ('sizes contains "XL"', True),
    ('sizes contains "X"', False),
    ('name contains "ay"', True),
    ('nickname contains "ay"', False),
    ("sizes.size == 3", True),
    ('sizes.first == "S"', True),
    ("sizes == sizes", True),
    ("vip and points > 100", True),
    ("guest or vip and points > 100", True),
    ("guest or nickname or hole", False),
]


@pytest.mark.parametrize(("condition", "holds"), _CONDITIONS)
def test_a_condition_holds_or_not_and_unless_is_its_opposite(condition: str, holds: bool) -> None:
    assert compile_template(f"{{% if {condition} %}}yes{{% else %}}no{{% endif %}}").render(_MAYA) == ("yes" if holds else "no")
    assert compile_template(f"{{% unless {condition} %}}no{{% endunless %}}").render(_MAYA) == ("" if holds else "no")


_RENDERED = [
    ("{% if guest %}a{% elsif points > 100 %}b{% elsif vip %}c{% else %}d{% endif %}", "b"),
    ("{% unless vip %}a{% elsif points == 120 %}b{% else %}c{% endunless %}", "b"),
    ('{% case name %} x {% when "Ana", "Maya" %}a{% when "Bo" or "Cy" %}b{% else %}c{% endcase %}', "a"),
    ("{% case points %}{% when 1 %}a{% when 120 %}b{% endcase %}", "b"),
    ("{% case nickname %}{% when 'x' %}a{% else %}c{% endcase %}", "c"),
    ("{% for size in sizes %}{{ size }}{% unless forloop.last %}, {% endunless %}{% endfor %}", "S, M, XL"),
    ("{% for size in sizes reversed limit: 2 %}{{ forloop.index }}{{ size }}{% endfor %}", "1M2S"),
    ("{% for size in sizes limit: 1 offset: 1 %}{{ size }}{% endfor %}", "M"),
    ("{% for size in none %}{{ size }}{% else %}sold out{% endfor %}", "sold out"),
    ("{% for size in name %}{{ size }}!{% endfor %}", "Maya!"),
    ("{% for a in sizes %}{% for b in sizes %}{{ a }}{{ b }} {% endfor %}{% endfor %}", "SS SM SXL MS MM MXL XLS XLM XLXL "),
    ("{% for line in lines %}{{ line.item }} {{ line.price | money: 'USD' }};{% endfor %}", "boots $80.00;socks $7.50;"),
    ("{% assign size = 'own' %}{% for size in sizes %}{{ size }}{% endfor %}{{ size }}", "SMXLown"),
    ("{% assign first = full | split: ' ' | first %}Hi {{ first }}", "Hi Maya"),
    ("a {%- if vip -%} b {%- endif -%} c", "abc"),
    ("a\n{{- name -}}\nb", "aMayab"),
    ("{% raw %}{{ name }} {% if %}{% endraw %}{% comment %}{{ {% if {% endcomment %}.", "{{ name }} {% if %}."),
    ("{{ nickname | default: name }} {{ nickname | default: alias | default: 'x' }}", "Maya x"),
    ("{{ name | append: ' ' | append: full | prepend: '>' }}", ">Maya Maya de la Cruz"),
    ("{{ full | replace: 'a', 'o' }} {{ full | remove: ' de la' }}", "Moyo de lo Cruz Maya Cruz"),
    ("{{ full | replace_first: 'a', 'u' }}", "Muya de la Cruz"),
    ("{{ full | truncatewords: 2 }} {{ full | slice: -4, 4 }} {{ full | slice: 1 }}", "Maya de... Cruz a"),
    ("{{ sizes | slice: 1, 2 | join: '/' }}", "M/XL"),
    ("{{ sizes | join: ', ' }} {{ sizes | size }} {{ none | size }} {{ sizes | last }}", "S, M, XL 3 0 XL"),
    ("{{ 'a b&ü' | url_encode }}", "a+b%26%C3%BC"),
    ("{{ points | plus: 0.1 | minus: 0.3 }} {{ balance | times: 3 }} {{ text_points | plus: 1 }}", "119.8 37.5 121"),
    ("{{ 20 | divided_by: 7 }} {{ 20 | divided_by: 8.0 }} {{ 20 | divided_by: 0 | default: '-' }}", "2 2.5 -"),
    ("{{ -7 | modulo: 3 }}", "2"),
    ("{{ balance | round }} {{ 2.345 | round: 2 }} {{ 1.2 | ceil }} {{ 1.8 | floor }} {{ -3 | abs }}", "13 2.35 2 1 3"),
    ("{{ points | at_most: 100 }} {{ points | at_least: 200 }}", "100 200"),
    ("{{ name | plus: 1 | default: 'no number' }} {{ vip | times: 2 | default: '-' }}", "no number -"),
    ("{{ since | date: '%-d %B %Y, %a %j' }}", "9 March 2026, Mon 068"),
    ("{{ due | date: '%d/%m/%y %H:%M %-I %P %%' }}", "05/11/26 18:05 6 pm %"),
    ("{{ name | date: '%Y' | default: 'soon' }}", "soon"),
    ("{{ 12345.6 | number: 2 }} {{ 12345 | number }}", "12,345.60 12,345"),
    ("{{ 1234.5 | money: 'USD' }} {{ 1234.5 | money: 'JPY' }} {{ -5 | money: 'CHF' }}", "$1,234.50 ¥1,235 -CHF 5.00"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "text"), _RENDERED)
def test_blocks_and_filters_do_what_liquids_do(source: str, text: str) -> None:
    assert compile_template(source).render(_MAYA) == text


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en", "1,234.50 €1,234.50 Thursday, 5 Nov"),
        ("de", "1.234,50 1.234,50 € Donnerstag, 5 Nov"),
        ("de-AT", "1.234,50 € 1.234,50 Donnerstag, 5 Nov"),
        ("de-ch", "1'234.50 €1'234.50 Donnerstag, 5 Nov"),
        ("fr_CA", "1 234,50 1 234,50 € jeudi, 5 nov"),
        ("pt-BR", "1.234,50 € 1.234,50 quinta-feira, 5 nov"),
    ],
)
def test_amounts_and_days_are_written_as_the_language_writes_them(locale: str, text: str) -> None:
    source = "{{ 1234.5 | number: 2 }} {{ 1234.5 | money: 'EUR' }} {{ due | date: '%A, %-d %b' }}"
    assert compile_template(source, locale=locale).render(_MAYA) == text


def test_names_of_days_that_are_not_known_in_a_language_are_refused_not_written_in_english() -> None:
    with pytest.raises(TemplateProblem, match="write it in numbers"):
        compile_template("{{ due | date: '%B' }}", locale="pl")


_REFUSED = [
    ("{% if %}x{% endif %}", 1, 7, "a condition compares names, texts and numbers"),
    ("{% if a = 1 %}x{% endif %}", 1, 9, "the condition ends here; '=' is too much"),
    ("{% if a == %}x{% endif %}", 1, 12, "a condition compares names, texts and numbers"),
    ("{% if a and b or c %}x{% endif %}", 1, 15, "`and` before `or` can be read in two ways"),
    ("{% if 1 == 1 %}x{% endif %}", 1, 7, "a comparison of two literals is always the same"),
    ("{% if a %}x", 1, 1, "this if is never closed; it ends with {% endif %}"),
    ("{% if a %}{% for b in c %}x{% endif %}", 1, 31, "endif has no place here: the open block is for"),
    ("x\n  {% endif %}", 2, 6, "endif has no place here: no block is open"),
    ("{% if a %}{% else %}{% else %}{% endif %}", 1, 24, "else has no place here: the open block is if"),
    ("{% if a }}x{% endif %}", 1, 9, "a tag that opens with {% ends with %}"),
    ("{{ a %}", 1, 6, "a tag that opens with {{ ends with }}"),
    ("{% include 'x' %}", 1, 4, "there is no block called 'include'; there are assign, case,"),
    ("{% 5 %}", 1, 4, "a block begins with its name"),
    ("{% for a in (1..9) %}{% endfor %}", 1, 13, "'(' means nothing here"),
    ("{% for a in 5 %}{% endfor %}", 1, 13, "for goes over a list that a name stands for"),
    ("{% for a.b in c %}{% endfor %}", 1, 8, "for names each item"),
    ("{% for a of b %}{% endfor %}", 1, 10, "expected `in` and the name of a list"),
    ("{% for a in b limit: c %}{% endfor %}", 1, 22, "limit wants a whole number from 0 on"),
    ("{% for forloop in b %}{% endfor %}", 1, 8, "for names each item"),
    ("{% assign a 5 %}", 1, 13, "expected = and a value"),
    ("{% assign nil = 5 %}", 1, 11, "assign gives a name to a value"),
    ("{% case 'a' %}{% endcase %}", 1, 9, "case chooses by the name of a value"),
    ("{% raw %}x", 1, 1, "this raw is never closed; it ends with {% endraw %}"),
    ("{% if a %}" * 9 + "{% endif %}" * 9, 1, 84, "blocks may lie 8 deep"),
    ("{% if a" + " or a" * 50 + " %}{% endif %}", 1, 254, "a condition may have 50 terms"),
    ("{% if a %}" + "{% elsif a %}" * 50 + "{% endif %}", 1, 659, "if may have 50 branches"),
]


@pytest.mark.parametrize(("source", "line", "column", "detail"), _REFUSED, ids=[row[0][:30] for row in _REFUSED])
def test_a_fault_in_a_block_is_named_with_its_place(source: str, line: int, column: int, detail: str) -> None:
    with pytest.raises(TemplateProblem) as problem:
        compile_template(source)
    assert (problem.value.line, problem.value.column) == (line, column)
    assert problem.value.detail.startswith(detail)


_FIELDS = [
    ("{% if a %}{{ a }}{% endif %}", {"a": True}),
    ("{% if a %}{{ a }}{% else %}{{ b }}{% endif %}", {"a": True, "b": False}),
    ("{% if a != blank and b %}{{ a }}{{ b }}{% endif %}", {"a": True, "b": True}),
    ("{% if a or b %}{{ a }}{% endif %}", {"a": False, "b": True}),
    ("{% if a == blank %}-{% else %}{{ a }}{% endif %}", {"a": True}),
    ("{% unless a %}{{ b }}{% else %}{{ a }}{% endunless %}", {"a": True, "b": False}),
    ("{% if a %}{{ a }}{% endif %}{{ a }}", {"a": False}),
    ("{% for x in a %}{{ x }}{{ forloop.index }}{% endfor %}", {"a": True}),
    ("{% for x in a %}{{ x.b }}{% endfor %}", {"a": False}),
    ("{% assign x = a %}{{ x }}", {"a": False}),
    ("{% assign x = a | default: b %}{{ x }}", {"a": True, "b": False}),
    ("{% assign x = a | default: 'y' %}{{ x }}", {"a": True}),
    ("{% assign x = 5 %}{{ x }}", {}),
    ("{{ a | default: b }}", {"a": True, "b": False}),
    ("{{ a | default: b | default: 'c' }}", {"a": True, "b": True}),
    ("{{ a | default: 'b' | upcase }}", {"a": True}),
    ("{{ a | default: 'b' | plus: 1 }}", {"a": False}),
    ("{{ a | append: b }}", {"b": False, "a": False}),
]


@pytest.mark.parametrize(("source", "fields"), _FIELDS)
def test_it_is_known_which_values_a_text_cannot_do_without(source: str, fields: dict[str, bool]) -> None:
    found = compile_template(source).fields
    assert set(found) == {Field(name, whole) for name, whole in fields.items()}


def test_a_missing_value_is_told_by_the_name_a_person_lacks() -> None:
    with pytest.raises(MissingField) as gap:
        compile_template("{% assign hello = nickname | upcase %}Hi {{ hello }}").render({})
    assert gap.value.name == "nickname"
    marked = compile_template(
        "{% if vip %}{{ a | date: '%d' }}{% endif %} {{ b.c }}{% for s in sizes %}{{ s | plus: d }}{% endfor %}"
    )
    assert marked.render_marked(_MAYA) == ("[a] [b.c][d][d][d]", ("a", "b.c", "d"))


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("de-AT", "Servus"),
        ("de_at", "Servus"),
        ("de-CH-1996", "Hallo"),
        ("de", "Hallo"),
        ("fr", "Hi"),
        (None, "Hi"),
        (5, "Hi"),
        ("", "Hi"),
    ],
)
def test_a_person_is_written_to_in_the_nearest_language_there_is(locale: object, text: str) -> None:
    template = in_languages(
        compile_template("Hi {{ a }}"),
        {"de": compile_template("Hallo {{ b | default: 'du' }}"), "de-AT": compile_template("Servus {{ b }}")},
    )
    values = {"a": "x", "b": "x", "locale": locale}
    assert template.render(values) == f"{text} x"
    assert template.render_marked(values) == (f"{text} x", ())
    assert template.fields == (Field("a", False), Field("b", False))


_GAPS = Gaps({"name": "friend", "total": "0"})


@pytest.mark.parametrize(
    ("source", "gaps", "text"),
    [
        ("Hi {{ name }}!", _GAPS, "Hi friend!"),
        ("Hi {{ name | upcase }}!", _GAPS, "Hi FRIEND!"),
        ("Hi {{ name | default: 'you' }}!", _GAPS, "Hi you!"),
        ("Hi {{ nick | default: name | upcase }}!", _GAPS, "Hi FRIEND!"),
        ("{% assign n = name %}{{ n }} {{ total | money: 'EUR' }}", _GAPS, "friend €0.00"),
        ("{% if name %}{{ name }}{% else %}nobody{% endif %}", _GAPS, "nobody"),
        ("Hi {{ other }}!", Gaps(otherwise=""), "Hi !"),
        ("Hi {{ other | upcase }}{{ name }}!", Gaps({"name": "x"}, ""), "Hi x!"),
    ],
)
def test_what_stands_for_missing_values_is_said_once_for_a_whole_text(source: str, gaps: Gaps, text: str) -> None:
    template = compile_template(source, gaps=gaps)
    assert template.render({}) == text
    assert template.render_marked({}) == (text, ())
    assert all(used.has_default for used in template.fields)
    assert set(template.lacking({"name": ""})) == {used.name for used in template.fields}
    assert template.lacking(dict.fromkeys(("name", "nick", "other", "total"), "x")) == ()
    with pytest.raises(MissingField):
        compile_template("{{ else_where }}", gaps=_GAPS).render({})
