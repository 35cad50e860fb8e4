"""How is the database asked what was agreed, and what silences a number?"""

from app.domain.audience.kinds.standing import ANY_REASON, Consent, Suppressed
from app.domain.audience.tree import Leaf
from app.domain.facts import ConsentState
from app.storage.audience_sql.writing import Writer, Writing


def _consent(leaf: Consent, writing: Writing) -> str:
    asked = {"channel": leaf.channel, "purpose": leaf.purpose, "topic": leaf.topic, "brand": leaf.brand}
    conditions = [f"k.workspace_id = {writing.workspace} AND k.phone = c.phone"]
    conditions += (f"k.{name} = {writing.bind(value, 'text')}" for name, value in asked.items() if value is not None)
    if leaf.consent == ConsentState.GIVEN:
        conditions.append(f"k.state = 'given' AND (k.expires_at IS NULL OR k.expires_at > {writing.instant()})")
    elif leaf.consent == ConsentState.EXPIRED:
        conditions.append(f"(k.state = 'expired' OR (k.state = 'given' AND k.expires_at <= {writing.instant()}))")
    elif leaf.consent != ConsentState.NONE:
        conditions.append(f"k.state = {writing.bind(leaf.consent, 'text')}")
    found = f"EXISTS (SELECT FROM consent k WHERE {' AND '.join(conditions)})"
    return f"(NOT {found})" if leaf.consent == ConsentState.NONE else found


def _suppressed(leaf: Suppressed, writing: Writing) -> str:
    condition = f"s.workspace_id = {writing.workspace} AND s.phone = c.phone"
    if leaf.suppressed != ANY_REASON:
        condition += f" AND s.reason = {writing.bind(leaf.suppressed, 'text')}"
    if leaf.channel is not None:
        condition += f" AND s.channel IN ('', {writing.bind(leaf.channel, 'text')})"
    return f"EXISTS (SELECT FROM suppression s WHERE {condition})"


WRITERS: dict[type[Leaf], Writer] = {Consent: _consent, Suppressed: _suppressed}
