"""How does Twilio show cards and suggestions? By a template made there beforehand, named by its ContentSid, and its words."""

import re

from app.domain.rich import Content
from app.providers._wire import dump, encode

_CONTENT_SID = re.compile(r"HX[0-9a-fA-F]{32}\Z")  # facts/providers 1: the Messages API's parameters


def template_form(content: Content) -> str:
    """The fields of a message shown by a template; "" for content that Twilio shows without one.

    Content takes the body's place: Twilio has one of them. Raises ValueError for cards and suggestions without a template of
    Twilio's: what was asked for and cannot be shown must not be left out in silence.
    """
    template = content.carrier_template
    if template is None:
        if content.cards or content.suggestions:
            raise ValueError("cards and suggestions need a template at Twilio")
        return ""
    if not _CONTENT_SID.match(template.id):
        raise ValueError("a template of Twilio's is named HX and 32 hexadecimal digits")
    words = {variable.name: variable.value for variable in template.variables}
    return f"&ContentSid={template.id}" + (f"&ContentVariables={encode(dump(words).decode())}" if words else "")
