"""How is the database asked whether a contact is on an uploaded list?"""

from app.domain.audience.kinds.membership import InAudience, InList
from app.domain.audience.tree import Leaf
from app.storage.audience_sql.writing import Writer, Writing


def _in_list(leaf: InList, writing: Writing) -> str:
    listed = f"l.workspace_id = {writing.workspace} AND l.list_id = {writing.bind(leaf.list, 'uuid')} AND l.contact_id = c.id"
    return f"EXISTS (SELECT FROM audience_list_member l WHERE {listed})"


def _in_audience(leaf: InAudience, _writing: Writing) -> str:
    raise LookupError(f"the rule of audience {leaf.audience} was not looked up")


WRITERS: dict[type[Leaf], Writer] = {InList: _in_list, InAudience: _in_audience}
