"""What may a cell hold that a spreadsheet opens? Text that would be run as a formula is told to be text."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

# What a spreadsheet takes for the beginning of a formula; a full-width sign does as well in some of them.
_BEGINS = re.compile("[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_NUMBER = re.compile(r"[+-]?\d{1,20}(?:\.\d{1,20})?(?:[eE][+-]?\d{1,3})?\Z", re.ASCII)


def safe_cell(value: object) -> str:
    """A value as a cell: lists joined by ";", nothing for None. What would be a formula gets the apostrophe that makes it text.

    Numbers stay as they are, E.164 ones with their plus too: a spreadsheet computes nothing from them.
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case list() | tuple():
            return safe_cell(";".join(map(str, value)))
        case str():
            text = value
        case _:
            text = str(value)
    if _BEGINS.match(text.lstrip(" \n")) and not _NUMBER.match(text):
        return f"'{text}"
    return text


def csv_lines(rows: Iterable[Sequence[object]]) -> bytes:
    """Rows as CSV in UTF-8, as RFC 4180 has it, each cell safe."""
    file = io.StringIO(newline="")
    csv.writer(file).writerows([safe_cell(value) for value in row] for row in rows)
    return file.getvalue().encode()
