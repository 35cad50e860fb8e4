"""Is no one's text longer than what their longest values make together, in either alphabet?"""

from hypothesis import given
from hypothesis import strategies as st

from app.domain.longest_values import LongestValues
from app.domain.parts import count_parts
from app.domain.template import compile_template

_TEXT = compile_template("{{ a | default: '' }}{{ b.c | default: '' }}{% for one in d %}{{ one }}{% endfor %}" + "x" * 60)
_WORDS = st.text(st.sampled_from("ab\u00eb"), max_size=60)
_PEOPLE = st.lists(
    st.fixed_dictionaries(
        {}, optional={"a": _WORDS, "b": st.fixed_dictionaries({"c": _WORDS}), "d": st.lists(_WORDS, max_size=3)}
    ),
    min_size=1,
    max_size=6,
)


@given(_PEOPLE)
def test_nobodys_text_has_more_parts_than_the_longest_values_together(people: list[dict[str, object]]) -> None:
    seen = LongestValues(one.name for one in _TEXT.fields)
    for person in people:
        seen.see(person)
    worst = max(count_parts(_TEXT.render(values)).parts for values in seen.together())
    assert all(count_parts(_TEXT.render(person)).parts <= worst for person in people)


def test_a_short_name_that_makes_a_text_dearer_is_kept_beside_the_longest() -> None:
    seen = LongestValues(["first_name", "city.name", "tags"])
    for values in ({"first_name": "Maximiliana", "tags": ["a", "bc"]}, {"first_name": "Zo\u00eb", "city": {"name": "Graz"}}, {}):
        seen.see(values)
    assert seen.together() == (
        {"first_name": "Maximiliana", "city": {"name": "Graz"}, "tags": ["a", "bc"]},
        {"first_name": "Zo\u00eb", "city": {"name": "Graz"}, "tags": ["a", "bc"]},
    )
    assert (seen.held_by("first_name"), seen.longest("first_name"), seen.longest("tags")) == (2, 11, 0)
