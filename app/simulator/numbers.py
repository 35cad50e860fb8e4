"""How is a number written that came without its plus? Carriers differ in that; the books have E.164."""

_SHORTEST = 7  # what has fewer digits is a short code


def plus(text: str) -> str:
    """A number with its plus; short codes and words as they are."""
    bare = text.removeprefix("+")
    return f"+{bare}" if bare.isascii() and bare.isdigit() and len(bare) >= _SHORTEST else text
