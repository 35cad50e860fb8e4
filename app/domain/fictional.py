"""Is this a number kept free for books and films? The ranges that North America, Britain, Australia and France set aside."""

import re

# NANPA: 555-0100 to 555-0199 of every area code. The toll-free and personal ones are other things: Twilio's test numbers.
_NORTH_AMERICA = re.compile(r"\+1(?!500|800|833|844|855|866|877|888)[2-9]\d\d55501\d\d")
# Ofcom's numbers for drama.
_BRITAIN = re.compile(
    r"\+44(?:7700900\d{3}|2079460\d{3}|1632960\d{3}|1(?:1[3-8]|21|31|41|51|61|91)4960\d{3}|1914980\d{3}|2896496\d{3}|2920180\d{3}"
    r"|8081570\d{3}|9098790\d{3}|3069990\d{3})"
)
# ACMA's.
_AUSTRALIA = re.compile(r"\+61(?:491570(?:006|15[6-9]|737|313)|[2378](?:5550|7010)\d{4})")
# ARCEP's.
_FRANCE = re.compile(r"\+33(?:19900|26191|35301|46571|53649|63998)\d{4}")

_RANGES = {"1": _NORTH_AMERICA, "4": _BRITAIN, "6": _AUSTRALIA, "3": _FRANCE}


def is_fictional(e164: str) -> bool:
    """Whether no phone has this number, because it is kept for fiction."""
    ranges = _RANGES.get(e164[1:2])
    return ranges is not None and ranges.fullmatch(e164) is not None
