"""How is what a campaign carries beside its text personalised? Every text in it may hold merge tags, compiled once."""

from collections.abc import Mapping
from typing import Any

from app.domain.locales import nearest
from app.domain.rich import Content, content_json, read_content
from app.domain.template import NO_TEXT, Gaps, Template, Values, compile_template

# Where merge tags are read: what people read or hear, and addresses of their own. Kinds, languages and sizes stay as they are.
_TEXTS = frozenset({"title", "text", "postback", "url", "subject", "recording", "value"})


class RichTemplate:
    """Content with merge tags in its texts. Raises TemplateProblem, as compile_template, for a fault in one of them.

    `others` is what goes beside the text in other languages, by locale; those without an entry have the same as `stored`.
    """

    def __init__(
        self,
        stored: Mapping[str, Any] | None,
        *,
        locale: str = "",
        gaps: Gaps = NO_TEXT,
        others: Mapping[str, "RichTemplate"] | None = None,
    ) -> None:
        self._plain = read_content(stored)
        self._tree = _compiled(content_json(self._plain) or {}, "", locale, gaps)
        self._fixed = not _holds_tags(self._tree)
        self._others = {tag.lower(): one for tag, one in (others or {}).items()}

    def render(self, values: Values) -> Content:
        """The content for these values, in the language nearest to their `locale`. Raises MissingField and OutputTooLong."""
        if self._others:
            other = nearest(self._others, values.get("locale"))
            if other is not None:
                return other.render(values)
        return self._plain if self._fixed else read_content(_rendered(self._tree, values))


def _compiled(node: Any, name: str, locale: str, gaps: Gaps) -> Any:
    if isinstance(node, Mapping):
        return {key: _compiled(item, key, locale, gaps) for key, item in node.items()}
    if isinstance(node, list | tuple):
        return [_compiled(item, name, locale, gaps) for item in node]
    if isinstance(node, str) and name in _TEXTS and ("{{" in node or "{%" in node or "}}" in node):
        return compile_template(node, locale=locale, gaps=gaps)
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
