"""Which digits can an expression still tell apart? Its positions over digits, and where whatever is left takes any digit."""

from typing import Any, TypeAlias

_ANY = 0b11_1111_1111  # a bit for each digit
States = frozenset[int]
NOWHERE: States = frozenset()


class UnreadableExpression(ValueError):
    """An expression of another kind than plans of numbers have had so far."""


class Positions:
    """The positions of expressions, added one by one (Glushkov's automaton): what each takes, and what follows it.

    A position is free when it and all that follows take any digit: then no digit that comes can change what matches.
    """

    def __init__(self) -> None:
        self.takes = [0, _ANY]  # 0 is the end of an expression, 1 any digits to the end of the number
        self.follows: list[States] = [NOWHERE, frozenset({1})]
        self.free = [True, True]

    def add(self, expression: str, *, whole: bool) -> States:
        """Where an expression begins. `whole` ones match whole numbers, the others beginnings. Raises UnreadableExpression."""
        reader = _Reader(expression, self)
        return reader.read(frozenset({0 if whole else 1}))

    def one(self, mask: int, follow: States) -> States:
        """A position that takes the digits of a mask."""
        self.takes.append(mask)
        self.follows.append(follow)
        self.free.append(mask == _ANY and all(self.free[state] for state in follow))
        return frozenset({len(self.takes) - 1})

    def after(self, states: States, digit: int) -> States:
        """Where a digit leads."""
        bit = 1 << digit
        found = [self.follows[state] for state in states if self.takes[state] & bit]
        return frozenset().union(*found) if found else NOWHERE


Tree: TypeAlias = tuple[str, Any]
"""What was read: "one" with its digits, "sequence" and "choice" of trees, "times" with a tree and how often."""


class _Reader:
    """Reads one expression from its end to its beginning, which is how positions learn what follows them."""

    def __init__(self, expression: str, positions: Positions) -> None:
        self._text = expression
        self._at = 0
        self._positions = positions

    def read(self, follow: States) -> States:
        tree = self._choice()
        if self._at != len(self._text):
            raise UnreadableExpression(self._text)
        return self._lay(tree, follow)

    def _choice(self) -> Tree:
        branches = [self._sequence()]
        while self._peek() == "|":
            self._at += 1
            branches.append(self._sequence())
        return branches[0] if len(branches) == 1 else ("choice", branches)

    def _sequence(self) -> Tree:
        parts: list[Tree] = []
        while self._peek() not in {"", "|", ")"}:
            parts.append(self._repeated(self._atom()))
        return ("sequence", parts)

    def _atom(self) -> Tree:
        char = self._take()
        if char.isdecimal():
            return ("one", 1 << int(char))
        if char == "\\" and self._take() == "d":
            return ("one", _ANY)
        if char == "[":
            return ("one", self._class())
        if char == "(":
            if self._text.startswith("?:", self._at):
                self._at += 2
            inner = self._choice()
            if self._take() != ")":
                raise UnreadableExpression(self._text)
            return inner
        if char == "$":
            return ("sequence", [])  # only ever where a prefix is looked for: it then seems to be there, and is looked for slowly
        raise UnreadableExpression(self._text)

    def _class(self) -> int:
        mask = 0
        while (char := self._take()) != "]":
            if char == "\\" and self._take() == "d":
                mask |= _ANY
                continue
            if not char.isdecimal():
                raise UnreadableExpression(self._text)
            last = char
            if self._peek() == "-":
                self._at += 1
                last = self._take()
            for digit in range(int(char), int(last) + 1):
                mask |= 1 << digit
        return mask

    def _repeated(self, part: Tree) -> Tree:
        if self._peek() == "?":
            self._at += 1
            return ("times", (part, 0, 1))
        if self._peek() != "{":
            return part
        inside, mark, rest = self._text[self._at + 1 :].partition("}")
        least, comma, most = inside.partition(",")
        if not mark or not least.isdecimal() or (comma and not most.isdecimal()):
            raise UnreadableExpression(self._text)
        self._at = len(self._text) - len(rest)
        return ("times", (part, int(least), int(most or least)))

    def _lay(self, tree: Tree, follow: States) -> States:
        match tree:
            case ("one", int(mask)):
                return self._positions.one(mask, follow)
            case ("sequence", list(parts)):
                for part in reversed(parts):
                    follow = self._lay(part, follow)
                return follow
            case ("choice", list(branches)):
                return frozenset().union(*(self._lay(branch, follow) for branch in branches))
            case ("times", (part, int(least), int(most))):
                end = follow
                for _ in range(most - least):
                    follow = self._lay(part, follow) | end
                for _ in range(least):
                    follow = self._lay(part, follow)
                return follow
            case _:
                raise UnreadableExpression(self._text)

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        char = self._peek()
        if not char:
            raise UnreadableExpression(self._text)
        self._at += 1
        return char
