"""How does Twilio tell what happened? Signed forms: a status of a message, and a text from a person."""

from datetime import datetime

from app.clock import new_id
from app.simulator.callbacks import Heard, Post, make_post
from app.simulator.config import SimulatorConfig
from app.simulator.fate import Said
from app.simulator.ledger import Message
from app.simulator.parts import count_parts


class TwilioWebhooks:
    """The forms, each signed with the account's auth token."""

    def receipt(self, config: SimulatorConfig, message: Message, said: Said, at: datetime) -> Post:
        """A status callback, to the URL the message named."""
        fields = {
            "ApiVersion": "2010-04-01",
            "MessageSid": message.sid,
            "SmsSid": message.sid,
            "MessageStatus": said.status,
            "SmsStatus": said.status,
            "To": message.to,
            "From": message.sender,
            "AccountSid": message.account,
        }
        if message.service:
            fields["MessagingServiceSid"] = message.service
        if said.error:
            fields["ErrorCode"] = said.error
        if said.status in {"delivered", "undelivered"}:
            fields["RawDlrDoneDate"] = at.strftime("%y%m%d%H%M")
        return make_post(message.callback, fields, config.accounts.get(message.account, ""))

    def inbound(self, config: SimulatorConfig, heard: Heard) -> Post | None:
        """A text to one of the account's numbers, to `inbound_url`."""
        if not config.inbound_url:
            return None
        sid = "SM" + new_id().hex
        fields = {
            "MessageSid": sid,
            "SmsMessageSid": sid,
            "SmsSid": sid,
            "AccountSid": heard.account,
            "From": heard.person,
            "To": heard.sender,
            "Body": heard.body,
            "NumMedia": "0",
            "NumSegments": str(count_parts(heard.body)),
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            **{f"{end}{place}": "" for end in ("From", "To") for place in ("City", "State", "Zip", "Country")},
        }
        if heard.pair_sender.startswith("MG"):
            fields["MessagingServiceSid"] = heard.pair_sender
        if heard.keyword is not None:
            fields["OptOutType"] = heard.keyword
        return make_post(config.inbound_url, fields, config.accounts.get(heard.account, ""))
