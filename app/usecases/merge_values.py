"""What may a text say of its reader? The contact's attributes, the number and locale, and the link that opts the number out."""

from collections.abc import Callable, Mapping
from typing import Any

OPT_OUT_LINK = "opt_out_link"
"""The value that holds the number's own opt-out link. It is never made short: a short link ends, a no does not."""
OPT_OUT_TOKEN_LENGTH = 52


def values_for(row: Mapping[str, Any], *, opt_out: Callable[[str], str] | None = None) -> dict[str, Any]:
    """What a template may use of a contact: its attributes, `phone`, `locale`, and `opt_out_link` where it can be written."""
    values = {**(row["attributes"] or {}), "phone": row["phone"], "locale": row["locale"]}
    if opt_out is not None:
        values[OPT_OUT_LINK] = opt_out(row["phone"])
    return values
