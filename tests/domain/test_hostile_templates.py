"""Can nobody write a template that runs away, grows without end, or reaches what it was not given?"""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.template import LONGEST_OUTPUT, MissingField, OutputTooLong, TemplateProblem, compile_template

_MAYA: dict[str, Any] = {"name": "Maya", "sizes": ["S", "M", "XL"]}

_LONG, _MANY = "x" * 4_000, ["y"] * 100
_BOMBS = [
    "{% for a in many %}{% for b in many %}{% for c in many %}{% if a == 'z' %}!{% endif %}{% endfor %}{% endfor %}{% endfor %}",
    "{% for a in many %}{% for b in many %}{% assign z = long | split: 'q' | join: 'x' %}{% endfor %}{% endfor %}",
    "{% assign x = 'ab' %}" + "{% assign x = x | append: x %}" * 300,
    "{% for a in many %}{{ long }}{% endfor %}",
    "{{ long | replace: 'x', long }}",
    "{{ long | split: '' | join: long }}",
    "{{ many | join: long }}",
    "{{ longer | size }}",
    "{% for a in more %}{% endfor %}",
    "{% for a in many %}" * 8 + "x" + "{% endfor %}" * 8,
]


@pytest.mark.parametrize("source", _BOMBS, ids=range(len(_BOMBS)))
def test_what_would_run_away_or_grow_is_stopped(source: str) -> None:
    with pytest.raises(OutputTooLong):
        compile_template(source).render({"many": _MANY, "long": _LONG, "longer": "x" * 4_001, "more": ["y"] * 101})


def test_numbers_never_grow_beyond_what_can_be_written() -> None:
    source = "{% assign n = 99 %}" + "{% assign n = n | times: n %}" * 9 + "{{ n | default: 'gone' }}"
    assert compile_template(source).render({}) == "gone"
    assert compile_template("{{ a | divided_by: 3.0 }}").render({"a": 1e-300}) == "0"


@pytest.mark.parametrize(
    "name", ["a.__class__", "a.__init__.__globals__", "sizes.__len__", "sizes.append", "name.upper", "forloop.get"]
)
def test_no_attribute_of_anything_is_reached(name: str) -> None:
    source = f"{{{{ {name} | default: 'nothing' }}}}{{% for s in sizes limit: 1 %}}{{{{ {name} | default: '!' }}}}{{% endfor %}}"
    assert compile_template(source).render({**_MAYA, "a": object()}) == "nothing!"


_WORDS = [
    "{% if a %}",
    "{% elsif b > 1 %}",
    "{% else %}",
    "{% endif %}",
    "{% unless c == blank %}",
    "{% endunless %}",
    "{% case a %}",
    "{% when 'x', 1 %}",
    "{% endcase %}",
    "{% for i in c %}",
    "{% for a in d.e reversed %}",
    "{% endfor %}",
    "{% assign a = b | plus: 1 %}",
    "{% assign c = c | join: a | append: c %}",
    "{{ i }}",
    "{{ a | default: b }}",
    "{{ c | split: 'x' | last | times: 9 }}",
    "{%- raw %}",
    "{% endraw -%}",
    "{% comment %}",
    "{% endcomment %}",
    "{{- b | money: 'EUR' -}}",
    "{{ c | date: '%d %B' | default: 1.5 }}",
    "text ",
    "\n",
    "{{ b | round: a }}",
    "{{ b | slice: b, a }}",
    "{{ a | truncate: b, c }}",
    "{{ forloop.index | modulo: b }}",
    "{%",
    "}}",
    "'",
]
_SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("x" * 1_000), st.just("2026-11-25")
)
_ANY = st.one_of(_SCALARS, st.lists(_SCALARS, max_size=5), st.dictionaries(st.sampled_from("abe"), _SCALARS, max_size=3))


@given(st.lists(st.sampled_from(_WORDS), max_size=12).map("".join), st.dictionaries(st.sampled_from("abcd"), _ANY, max_size=4))
def test_whatever_is_written_and_given_ends_in_a_text_or_an_error_of_ours(source: str, values: dict[str, Any]) -> None:
    with contextlib.suppress(TemplateProblem, OutputTooLong):
        template = compile_template(source)
        text, missing = template.render_marked(values)
        assert len(text) <= LONGEST_OUTPUT
        with contextlib.suppress(MissingField):
            assert template.render(values) == text
            assert not missing
        needed = {field.name for field in template.fields if not field.has_default}
        assert needed or not missing or "default" not in source


_BLOCKS = st.recursive(
    st.sampled_from(["{{ a }}", "{{ b | default: 'x' }}", "{{ c | join: ', ' }}", "text ", "{{ i }}", "{{ b | plus: 1 }}"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        inner.map(lambda body: f"{{% if a and b != 2 %}}{body}{{% else %}}-{{% endif %}}"),
        inner.map(lambda body: f"{{% for i in c %}}{body}{{% endfor %}}"),
        inner.map(lambda body: f"{{% unless b %}}{body}{{% endunless %}}"),
        inner.map(lambda body: f"{{% assign a = b %}}{body}"),
    ),
    max_leaves=6,
)


@given(_BLOCKS, st.dictionaries(st.sampled_from("abci"), _ANY, max_size=4))
def test_blocks_that_fit_together_compile_and_whoever_has_all_that_is_needed_gets_a_text(
    source: str, values: dict[str, Any]
) -> None:
    template = compile_template(source)
    before = dict(values)
    with contextlib.suppress(OutputTooLong):
        _, missing = template.render_marked(values)
        assert set(missing) <= {field.name for field in template.fields}
    assert list(values) == list(before)
