"""Replies as people write them, and what each means."""

import pytest

from app.domain.keywords import Keyword, classify

CASES = [
    ("STOP", Keyword.STOP),
    (" Stop ", Keyword.STOP),
    ("STOP!!!", Keyword.STOP),
    ("\u201cSTOP\u201d", Keyword.STOP),
    ("\U0001f6d1", Keyword.STOP),
    ("S T O P", Keyword.STOP),
    ("S\u200bTO\u200dP", Keyword.STOP),
    ("STOPALL", Keyword.STOP),
    ("stop all", Keyword.STOP),
    ("UNSUBSCRIBE", Keyword.STOP),
    ("unsub", Keyword.STOP),
    ("END", Keyword.STOP),
    ("OPTOUT", Keyword.STOP),
    ("OPT-OUT", Keyword.STOP),
    ("Remove", Keyword.STOP),
    ("stop please", Keyword.STOP),
    ("Stop\nsent from my phone", Keyword.STOP),
    ("please stop texting me", Keyword.STOP),
    ("take me off your list", Keyword.STOP),
    ("please take me off this list", Keyword.STOP),
    ("No more messages thanks", Keyword.STOP),
    ("no more texts", Keyword.STOP),
    ("don't text me again", Keyword.STOP),
    ("STOP promotions", Keyword.STOP),
    ("ARRET", Keyword.STOP),
    ("ARR\xcaTEZ !", Keyword.STOP),
    ("BAJA", Keyword.STOP),
    ("no m\xe1s", Keyword.STOP),
    ("Abmelden", Keyword.STOP),
    ("ANNULLA", Keyword.STOP),
    ("\u0421\u0422\u041e\u041f", Keyword.STOP),
    ("\u505c\u6b62", Keyword.STOP),
    ("\u0625\u0644\u063a\u0627\u0621", Keyword.STOP),
    ("İPTAL", Keyword.STOP),
    ("help!", Keyword.HELP),
    ("AIDE", Keyword.HELP),
    ("info", Keyword.HELP),
    ("unstop", Keyword.START),
    ("Start", Keyword.START),
    ("can't stop loving these deals", Keyword.NONE),
    ("Do you stop by the store on Sunday?", Keyword.NONE),
    ("thanks, see you there", Keyword.NONE),
    ("", Keyword.NONE),
    ("👍", Keyword.NONE),
    ("End of the month is fine", Keyword.REVIEW),
    ("stop by whenever you like", Keyword.REVIEW),
    ("who is this?", Keyword.WRONG_NUMBER),
    ("You have the wrong number", Keyword.WRONG_NUMBER),
    ("stop " * 200, Keyword.NONE),
]


@pytest.mark.parametrize(("text", "meant"), CASES)
def test_a_reply_is_taken_as_it_was_meant(text: str, meant: Keyword) -> None:
    assert classify(text) is meant
