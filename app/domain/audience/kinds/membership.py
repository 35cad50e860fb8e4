"""What else is a contact in? Other audiences, and lists that were uploaded."""

from dataclasses import dataclass
from uuid import UUID

from app.domain.audience.facts import ContactFacts
from app.domain.audience.fields import Field, id_of
from app.domain.audience.kind import Kind
from app.domain.audience.matching import matches
from app.domain.audience.tree import Leaf, Node


@dataclass(frozen=True, slots=True)
class InAudience(Leaf):
    """The rule of another audience holds; `rule` is that rule, None until it was looked up."""

    audience: UUID
    rule: Node | None = None

    def inner(self) -> Node | None:
        """The other audience's rule."""
        return self.rule


@dataclass(frozen=True, slots=True)
class InList(Leaf):
    """The contact was among the numbers or persons of an uploaded list."""

    list: UUID


def _in_audience(leaf: InAudience, contact: ContactFacts) -> bool:
    assert leaf.rule is not None, "looked up before anybody is asked"
    return matches(leaf.rule, contact)


KINDS = (
    Kind(
        node=InAudience,
        says="the id of another audience, whose rule holds",
        fields=(Field(name="audience", value=id_of("audience"), needed=True),),
        holds=_in_audience,
        actual=lambda _leaf, _contact: None,
    ),
    Kind(
        node=InList,
        says="the id of an uploaded list the contact is on",
        fields=(Field(name="list", value=id_of("audience_list"), needed=True),),
        holds=lambda leaf, contact: leaf.list in contact.lists,
        actual=lambda leaf, contact: leaf.list in contact.lists,
    ),
)
