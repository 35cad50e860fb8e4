"""What is a message, and how far has it come? The words for channels, purposes and states, used everywhere alike."""

from enum import IntEnum, StrEnum


class Channel(StrEnum):
    """How a message reaches a person."""

    SMS = "sms"
    MMS = "mms"
    VOICE = "voice"
    RCS = "rcs"


class Purpose(StrEnum):
    """Why a message may go."""

    MARKETING = "marketing"
    TRANSACTIONAL = "transactional"


class Origin(StrEnum):
    """What made a message row: a campaign's audience, one API call, a campaign's test-send, or our answer to a keyword."""

    CAMPAIGN = "campaign"
    API = "api"
    TEST = "test"
    REPLY = "reply"


class State(IntEnum):
    """How far a message has come. The number is its rank: facts about an attempt only ever raise it (design, section 2)."""

    CREATED = 0
    QUEUED = 10
    SENDING = 20
    UNKNOWN = 25
    SUBMITTED = 30
    SENT = 40
    UNCONFIRMED = 45
    CANCELLED = 50
    SUPPRESSED = 51
    REJECTED = 52
    EXPIRED = 54
    FAILED = 56
    UNDELIVERED = 58
    DELIVERED = 80
    READ = 90

    @property
    def word(self) -> str:
        """The state as the API spells it."""
        return self.name.lower()

    @property
    def is_final(self) -> bool:
        """Whether the books may close with a message in this state."""
        return self >= State.UNCONFIRMED


FINAL_STATES = frozenset(state for state in State if state.is_final)
