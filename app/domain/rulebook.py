"""Which rules are there? Every file in `rules/`, in the order in which they are heard."""

import pkgutil
from collections.abc import Iterable
from importlib import import_module

from app.domain import rules
from app.domain.decision import Rule

# The first word of a rule's code, in the order reasons are told: what can never change first, hours last.
_ORDER = (
    "number",
    "region",
    "purpose",
    "suppress",
    "consent",
    "content",
    "sender",
    "carrier",
    "voice",
    "cap",
    "time",
    "compliance",
)


def load_rules() -> tuple[Rule, ...]:
    """All rules, found by scanning the folder: a new file is live at the next start. Raises ValueError for an unknown family."""
    modules = [import_module(f"{rules.__name__}.{found.name}") for found in pkgutil.iter_modules(rules.__path__)]
    return tuple(sorted((rule for module in modules for rule in module.RULES), key=_place))


def _place(rule: Rule) -> tuple[int, str]:
    return _ORDER.index(rule.code.partition(".")[0]), rule.code


def of_family(rules: Iterable[Rule], family: str) -> tuple[Rule, ...]:
    """The rules of one family, such as "content"."""
    return tuple(rule for rule in rules if rule.code.partition(".")[0] == family)


def codes_of(rule: Rule) -> tuple[str, ...]:
    """Every code a rule's objections may carry."""
    return rule.codes or (rule.code,)
