"""Does a rule's text mean the rule? Printed and read again it is the same tree, and a fault is named by line and column."""

from typing import Any

import pytest
from hypothesis import given

from app.domain.audience.parsing import parse_text
from app.domain.audience.reading import parse_rule, rule_json
from app.domain.audience.text import rule_text
from app.domain.audience.tokens import TextProblem
from tests.domain.any_rules import rules, texts


@given(rules)
def test_a_rule_is_the_same_after_it_was_said_in_words(raw: Any) -> None:
    node = parse_rule(raw)
    assert parse_text(rule_text(node)) == node
    assert parse_rule(rule_json(node)) == node


_SAID: list[tuple[str, dict[str, Any]]] = [
    ("everyone", {}),
    ("nobody", {"any": []}),
    ("tag vip", {"tag": "vip"}),
    ("not not tag vip", {"not": {"not": {"tag": "vip"}}}),
    ("tag a and tag b or tag c", {"any": [{"all": [{"tag": "a"}, {"tag": "b"}]}, {"tag": "c"}]}),
    ("tag a and (tag b or tag c)", {"all": [{"tag": "a"}, {"any": [{"tag": "b"}, {"tag": "c"}]}]}),
    ("(tag a and tag b) and tag c", {"all": [{"all": [{"tag": "a"}, {"tag": "b"}]}, {"tag": "c"}]}),
    ("all (tag a)", {"all": [{"tag": "a"}]}),
    ("tag a or tag b except tag c", {"include": {"any": [{"tag": "a"}, {"tag": "b"}]}, "exclude": {"tag": "c"}}),
    ('tag "two words"', {"tag": "two words"}),
    ('tag "say \\"hi\\" ä"', {"tag": 'say "hi" ä'}),
    ("country (US, CA)", {"country": ["US", "CA"]}),
    ("attribute visits >= 3", {"attribute": "visits", "op": "gte", "value": 3}),
    ('attribute plan type text in (gold, "true")', {"attribute": "plan", "type": "text", "op": "in", "value": ["gold", "true"]}),
    ("attribute city missing", {"attribute": "city", "op": "not_exists"}),
    ("attribute renewal type date next_days 30", {"attribute": "renewal", "type": "date", "op": "next_days", "value": 30}),
    ("age >= 18 < 65", {"age": {"gte": 18, "lt": 65}}),
    ("event purchase\n  count >= 2 last 90 days", {"event": "purchase", "count": {"gte": 2}, "last_days": 90}),
    ("event purchase total > 99.5 in EUR", {"event": "purchase", "total": {"gt": 99.5}, "currency": "EUR"}),
    ("event paid where sku = x where n < -1e3", {"event": "paid", "where": [
        {"property": "sku", "op": "eq", "value": "x"}, {"property": "n", "op": "lt", "value": -1000.0}]}),
    ("sequence cart without purchase within 1", {"sequence": "cart", "without": "purchase", "within_days": 1}),
    ("not engagement messaged last 7 days", {"not": {"engagement": "messaged", "last_days": 7}}),
    ("bucket autumn from 0 to 12.5 %", {"bucket": "autumn", "start": 0, "end": 12.5}),
    ("radius 25 km latitude 48.2 longitude -16", {"radius": 25, "latitude": 48.2, "longitude": -16}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "raw"), _SAID)
def test_words_mean_the_tree_they_seem_to(text: str, raw: dict[str, Any]) -> None:
    assert parse_text(text) == parse_rule(raw)


_UNREADABLE: list[tuple[str, int, int, str]] = [
    ("", 1, 1, "a part begins with"),
    ("vip", 1, 1, "a part begins with"),
    ("tag", 1, 4, "a value is missing"),
    ("tag vip tag new", 1, 9, "is not expected"),
    ("tag vip and\n  country usa", 2, 3, "country: a country is two capital letters"),
    ('tag "vip', 1, 5, "not closed"),
    ("tag vip & tag new", 1, 9, "means nothing here"),
    ("(tag vip", 1, 9, "a closing parenthesis is missing"),
    ("country (US CA)", 1, 13, "a list goes on"),
    ("attribute visits 3", 1, 18, "a comparison is one of"),
    ("event purchase last 3 days last 4 days", 1, 28, "said twice"),
    ("age >= 18 >= 19", 1, 11, "said twice"),
    ("tag a or event purchase total > 3", 1, 10, "total and currency go together"),
    ('tag "\\ud800"', 1, 1, "cannot be stored"),
    ('tag "\\x"', 1, 5, "cannot be read"),
    ("not " * 4_000 + "tag x", 1, 65, "nested deeper"),
    ("(" * 20_000, 1, 17, "nested deeper"),
    ("tag x " * 4_000, 1, 20_001, "longer than 20000 characters"),
    (" and ".join(["tag x"] * 101), 1, 991, "more than 100 nodes"),
]


@pytest.mark.parametrize(("text", "line", "column", "detail"), _UNREADABLE, ids=[row[3] for row in _UNREADABLE])
def test_a_fault_in_a_text_is_named_by_line_and_column(text: str, line: int, column: int, detail: str) -> None:
    with pytest.raises(TextProblem) as problem:
        parse_text(text)
    assert detail in problem.value.detail
    assert (problem.value.line, problem.value.column) == (line, column)


@given(texts)
def test_any_text_is_a_rule_or_a_problem_in_it(text: str) -> None:
    try:
        parse_text(text)
    except TextProblem as problem:
        place = (problem.line, problem.column)
    else:
        place = (1, 1)
    assert place >= (1, 1)
