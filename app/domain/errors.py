"""What can a caller do wrong? Typed errors in our words; app/http/errors.py maps each to one problem."""


class TactfulError(Exception):
    """A request that cannot be done. `code` is stable, `detail` is a sentence, `pointer` names the offending field."""

    code = "error"

    def __init__(self, detail: str, *, pointer: str | None = None, code: str | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.pointer = pointer
        if code is not None:
            self.code = code


class NotFound(TactfulError):
    """Nothing of that id exists in this workspace (someone else's looks the same)."""

    code = "not_found"


class InvalidField(TactfulError):
    """A field holds what cannot be used; `pointer` says which."""

    code = "invalid_field"


class Conflict(TactfulError):
    """The thing is in a state that does not allow this, or exists already."""

    code = "conflict"


class WrongState(Conflict):
    """The action is not open in the present state."""

    code = "wrong_state"


class IdempotencyKeyReused(Conflict):
    """The key was used with a different request."""

    code = "idempotency_key_reused"


class Unauthenticated(TactfulError):
    """No key, or one that is unknown, revoked or expired."""

    code = "unauthenticated"


class Forbidden(TactfulError):
    """The key lacks the scope."""

    code = "forbidden"


class TooLarge(TactfulError):
    """The body is over the limit."""

    code = "too_large"


class UnreadableBody(TactfulError):
    """The body is not what its content type promises (not UTF-8, not JSON, too deep)."""

    code = "unreadable_body"


class BadWebhook(TactfulError):
    """A webhook that is not provably the account's: its signature is missing, wrong or too old, or it cannot be read."""

    code = "bad_signature"


class TooMany(TactfulError):
    """More of this than the workspace may ask for in so short a time."""

    code = "too_many"


class Unavailable(TactfulError):
    """The database or Redis cannot be reached just now."""

    code = "unavailable"
