"""How is what a campaign carries beside its text personalised? Every text in it may hold merge tags, compiled once."""

from collections.abc import Mapping
from typing import Any

from app.domain.rich import Content, content_json, read_content
from app.domain.template import Template, Values, compile_template

# Where merge tags are read: what people read or hear, and addresses of their own. Kinds, languages and sizes stay as they are.
_TEXTS = frozenset({"title", "text", "postback", "url", "subject", "recording"})


class RichTemplate:
    """Content with merge tags in its texts. Raises TemplateProblem, as compile_template, for a fault in one of them."""

    def __init__(self, stored: Mapping[str, Any] | None) -> None:
        self._plain = read_content(stored)
        self._tree = _compiled(content_json(self._plain) or {}, "")
        self._fixed = not _holds_tags(self._tree)

    def render(self, values: Values) -> Content:
        """The content for these values. Raises MissingField and OutputTooLong."""
        return self._plain if self._fixed else read_content(_rendered(self._tree, values))


def _compiled(node: Any, name: str) -> Any:
    if isinstance(node, Mapping):
        return {key: _compiled(item, key) for key, item in node.items()}
    if isinstance(node, list | tuple):
        return [_compiled(item, name) for item in node]
    if isinstance(node, str) and name in _TEXTS and ("{{" in node or "{%" in node or "}}" in node):
        return compile_template(node)
    return node


def _holds_tags(node: Any) -> bool:
    if isinstance(node, dict):
        return any(map(_holds_tags, node.values()))
    if isinstance(node, list):
        return any(map(_holds_tags, node))
    return isinstance(node, Template)


def _rendered(node: Any, values: Values) -> Any:
    if isinstance(node, dict):
        return {key: _rendered(item, values) for key, item in node.items()}
    if isinstance(node, list):
        return [_rendered(item, values) for item in node]
    return node.render(values) if isinstance(node, Template) else node
