"""Is this word that one, typed wrong? One slip of a finger on a keyboard, or a long word misspelt by a letter or two."""

_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")


def _neighbours() -> dict[str, frozenset[str]]:
    """The keys around each key of a QWERTY keyboard, rows shifted as they are on one."""
    found: dict[str, frozenset[str]] = {}
    for row, keys in enumerate(_ROWS):
        for place, key in enumerate(keys):
            near = [keys[other] for other in (place - 1, place + 1) if 0 <= other < len(keys)]
            if row:
                near += [_ROWS[row - 1][other] for other in (place, place + 1) if other < len(_ROWS[row - 1])]
            if row + 1 < len(_ROWS):
                near += [_ROWS[row + 1][other] for other in (place - 1, place) if 0 <= other < len(_ROWS[row + 1])]
            found[key] = frozenset(near)
    return found


_NEAR = _neighbours()
_LONG = 5  # a letter left out of a shorter word is another word too often


def is_slip(word: str, target: str) -> bool:
    """Whether one slip of a finger turns `target` into `word`, both in lower-case Latin letters.

    Two letters swapped, one doubled, a key beside it hit instead or as well, or one left out inside a word of five or more.
    """
    if word == target or abs(len(word) - len(target)) > 1:
        return False
    if len(word) == len(target):
        return _swapped(word, target) or _beside(word, target)
    if len(word) > len(target):
        return any(_one_more(word, target, place) for place in range(len(word)))
    inner = range(1, len(target) - 1)
    return len(target) >= _LONG and any(word == target[:place] + target[place + 1 :] for place in inner)


def _swapped(word: str, target: str) -> bool:
    return any(
        word == target[:place] + target[place + 1] + target[place] + target[place + 2 :] for place in range(len(target) - 1)
    )


def _beside(word: str, target: str) -> bool:
    wrong = [(typed, meant) for typed, meant in zip(word, target, strict=True) if typed != meant]
    return len(wrong) == 1 and wrong[0][0] in _NEAR.get(wrong[0][1], frozenset())


def _one_more(word: str, target: str, place: int) -> bool:
    """Whether the letter at `place` is one too many: its neighbour in the word twice, or a key beside that."""
    if word[:place] + word[place + 1 :] != target:
        return False
    around = {word[other] for other in (place - 1, place + 1) if 0 <= other < len(word)}
    return word[place] in around or any(word[place] in _NEAR.get(key, frozenset()) for key in around)


def within(word: str, target: str, most: int) -> bool:
    """Whether at most `most` letters differ: left out, put in, changed or swapped with the next."""
    if abs(len(word) - len(target)) > most:
        return False
    before: list[int] = []
    row = list(range(len(target) + 1))
    for place, letter in enumerate(word, 1):
        before, last, row = row, before, [place, *[0] * len(target)]
        for other, meant in enumerate(target, 1):
            row[other] = min(before[other] + 1, row[other - 1] + 1, before[other - 1] + (letter != meant))
            if place > 1 and other > 1 and letter == target[other - 2] and word[place - 2] == meant:
                row[other] = min(row[other], last[other - 2] + 1)
        if min(row) > most:
            return False
    return row[-1] <= most
