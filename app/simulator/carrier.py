"""What does the simulated carrier do with a message it took, and with a text a person writes? Receipts, replies, opt-outs."""

import asyncio
import base64
from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from app.clock import Clock, new_id
from app.simulator.callbacks import Heard, Post, Webhooks
from app.simulator.config import SimulatorConfig
from app.simulator.fate import Fate, Said
from app.simulator.infobip_webhooks import InfobipWebhooks
from app.simulator.ledger import Ledger, Message
from app.simulator.messagebird_webhooks import MessageBirdWebhooks
from app.simulator.outbox import Outbox
from app.simulator.parts import count_parts
from app.simulator.rbm_webhooks import RbmWebhooks
from app.simulator.refusals import Form, first
from app.simulator.sinch_webhooks import SinchWebhooks
from app.simulator.telnyx_webhooks import TelnyxWebhooks
from app.simulator.twilio_webhooks import TwilioWebhooks
from app.simulator.vonage_webhooks import VonageWebhooks

STOP_WORDS = frozenset(("STOP", "STOPALL", "UNSUBSCRIBE", "END", "QUIT", "REVOKE", "OPTOUT", "CANCEL"))
START_WORDS = frozenset(("START", "YES", "UNSTOP"))
HELP_WORDS = frozenset(("HELP", "INFO"))
_EARLY_WAIT = 5.0
_ANSWERS = {
    "STOP": "No more texts will come from this number. START brings them back.",
    "START": "Texts from this number will come again. STOP ends them, HELP explains.",
    "HELP": "STOP ends texts from this number. Carriers may charge for messages.",
}
_FALLBACK_NUMBER = "+15005550006"
_WEBHOOKS: Mapping[str, Webhooks] = {
    "twilio": TwilioWebhooks(),
    "infobip": InfobipWebhooks(),
    "telnyx": TelnyxWebhooks(),
    "sinch": SinchWebhooks(),
    "rbm": RbmWebhooks(),
    "messagebird": MessageBirdWebhooks(),
    "vonage": VonageWebhooks(),
}


def keyword_of(body: str) -> str | None:
    """STOP, START or HELP when the whole text is one of their words."""
    word = body.strip().upper()
    for keyword, words in (("STOP", STOP_WORDS), ("START", START_WORDS), ("HELP", HELP_WORDS)):
        if word in words:
            return keyword
    return None


class Carrier:
    """The books, the outbox, and the config of the moment."""

    def __init__(self, config: SimulatorConfig) -> None:
        self.ledger = Ledger()
        self.outbox = Outbox(in_flight=config.posts_in_flight, time_scale=config.time_scale)
        self.logins: dict[str, str | None] = {}
        self.configure(config)

    def configure(self, config: SimulatorConfig) -> None:
        """Behave so from now on."""
        self.config = config
        self.clock = Clock(timedelta(seconds=config.clock_offset_seconds))
        self.outbox.time_scale = config.time_scale
        accounts = {_basic(sid, token): sid for sid, token in config.accounts.items()}
        keys = dict.fromkeys((_basic(sid, secret) for sid, secret in config.api_keys.items()), None)
        self.logins = {**accounts, **keys}

    def reset(self) -> None:
        """Forget everything but the config."""
        self.ledger = Ledger()
        self.outbox.clear()

    def may_use(self, authorization: str, account: str) -> bool:
        """Whether these credentials open this account."""
        if account not in self.config.accounts or authorization not in self.logins:
            return False
        return self.logins[authorization] in {None, account}

    def take(self, account: str, form: Form, *, fate: Fate, nth: int) -> Message:
        """Put a message into the books and set its course going; nothing is posted yet."""
        service, body, to = first(form, "MessagingServiceSid"), first(form, "Body"), first(form, "To")
        message = Message(
            sid=("MM" if "MediaUrl" in form else "SM") + new_id().hex,
            account=account,
            to=to,
            sender=self._number_of(to) if service else first(form, "From"),
            service=service,
            body=body,
            media=tuple(form.get("MediaUrl", ())),
            callback=first(form, "StatusCallback"),
            validity_period=int(first(form, "ValidityPeriod") or 36_000),
            parts=count_parts(body),
            nth=nth,
            taken=self.clock.now(),
            at=asyncio.get_running_loop().time(),
            course=fate.course,
        )
        self.ledger.keep(message)
        return message

    def _number_of(self, to: str) -> str:
        """The number of its pool a service keeps for a person."""
        pool = [sender for sender in self.config.senders if sender.startswith("+")] or [_FALLBACK_NUMBER]
        return pool[int(to[-4:] if to[-4:].isdigit() else 0) % len(pool)]

    async def tell_early(self, message: Message, fate: Fate) -> None:
        """Post the receipts that come before the answer to the send, and wait until they have arrived."""
        if message.callback:
            for said in fate.receipts[: fate.early]:
                async with asyncio.timeout(_EARLY_WAIT):
                    await self.outbox.now(self._receipt(message, said))

    def carry(self, message: Message, fate: Fate) -> None:
        """Set everything else going: receipts, then perhaps a reply."""
        if message.callback:
            for said in fate.receipts[fate.early :]:
                self.outbox.later(said.after, partial(self._told, message, said))
        if fate.reply is not None:
            self.outbox.later(fate.reply_after, partial(self._answered, message, fate.reply))
        if fate.tap is not None and fate.tap in message.taps:
            self.outbox.later(fate.reply_after, partial(self._answered, message, message.taps[fate.tap], fate.tap))

    def withdraw(self, message: Message) -> bool:
        """Take a message back that has not been sent; False when it is too late."""
        if message.status_at(asyncio.get_running_loop().time())[0] not in {"accepted", "scheduled", "queued"}:
            return False
        message.is_canceled = True
        return True

    def cancel(self, message: Message) -> bool:
        """The same, and tell its callback."""
        if not self.withdraw(message):
            return False
        if message.callback:
            self.outbox.later(0, partial(self._receipt, message, Said(after=0.0, status="canceled")))
        return True

    def _answered(self, message: Message, words: str, postback: str | None = None) -> Post | None:
        """A person answers a message that reached them."""
        if message.is_canceled:
            return None
        return self.hear(message.account, message.sender, message.to, words, postback=postback)

    def _told(self, message: Message, said: Said) -> Post | None:
        return None if message.is_canceled else self._receipt(message, said)

    def _receipt(self, message: Message, said: Said) -> Post:
        return _WEBHOOKS[message.wire].receipt(self.config, message, said, self.clock.now())

    def hear(self, account: str, sender: str, person: str, body: str, *, postback: str | None = None) -> Post | None:
        """A person writes to a sender: obey their keyword if the account leaves that to us, and tell the account."""
        keyword, config = None if postback is not None else keyword_of(body), self.config
        self.ledger.replies[keyword or "other"] += 1
        pair = self.ledger.pair(sender, person)
        if config.managed_opt_out and keyword is not None:
            if keyword == "STOP":
                self.ledger.opted_out.add(pair)
            elif keyword == "START":
                self.ledger.opted_out.discard(pair)
            self.ledger.auto_replies.append({"to": person, "from": sender, "body": _ANSWERS[keyword]})
        heard = Heard(
            account=account,
            sender=sender,
            person=person,
            body=body,
            pair_sender=pair[0],
            keyword=keyword if config.managed_opt_out else None,
            at=self.clock.now(),
            postback=postback,
        )
        return _WEBHOOKS[config.wire_of(account)].inbound(config, heard)

    def summary(self) -> Mapping[str, object]:
        """Counts of everything, the outbox's included."""
        found = self.ledger.summary(asyncio.get_running_loop().time())
        return {**found, "callbacks": dict(self.outbox.counts), "pending": self.outbox.pending}


def _basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode("ascii")
