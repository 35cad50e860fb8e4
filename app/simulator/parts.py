"""Into how many parts is a text cut? GSM 03.38 counts septets, anything else UTF-16 units (3GPP TS 23.038)."""

import re

_BASIC = re.compile(r"[@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,\-./0-9:;<=>?¡A-ZÄÖÑÜ§¿a-zäöñüà^{}\\\[~\]|€]*")
_EXTENDED = re.compile(r"[\^{}\\\[~\]|€]")


def count_parts(text: str) -> int:
    """Parts as they are billed: 160 or 153 septets each, 70 or 67 units each. An empty text is one part."""
    if _BASIC.fullmatch(text):
        units, alone, joined = len(text) + len(_EXTENDED.findall(text)), 160, 153
    else:
        units, alone, joined = len(text.encode("utf-16-le", "surrogatepass")) // 2, 70, 67
    return 1 if units <= alone else -(-units // joined)
