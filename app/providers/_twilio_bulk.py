"""How do many texts go to Twilio in one request? The Bulk Messaging API, a public beta, for accounts that ask for it."""

from collections.abc import Mapping

from app.domain.delivery import Accepted, Batch, MayHaveLeft, Outbound, Outcome, Request, Response
from app.domain.message import Channel
from app.providers._twilio_words import is_service
from app.providers._wire import dump, json_object, text_of

HOST = "https://comms.twilio.com"
MOST = 10_000
"""Recipients of one request (page "Messages resource")."""
OPERATION = "comms_operation_"
# A template of nothing but a variable. Liquid looks into the template alone, so a text with braces stays as it is.
_TEMPLATE = "{{ text | default: '' }}"


def key(outbound: Outbound) -> str | None:
    """What messages of one request share: their sender. None for what the bulk API has no way to say.

    It knows no validity, so a text that may not arrive late goes alone; and no Messaging Services.
    """
    plain = outbound.channel is Channel.SMS and outbound.validity is None
    return outbound.sender if plain and outbound.body and not is_service(outbound.sender) else None


def request(batch: Batch, base: str, headers: Mapping[str, str]) -> Request:
    """One JSON POST: the same template for all, with each text as its recipient's variable."""
    body = dump({
        "from": {"address": batch.members[0].sender, "channel": "SMS"},
        "to": [
            {"address": member.to, "channel": "PHONE", "variables": {"text": member.body.replace("\0", "")}}
            for member in batch.members
        ],
        "content": {"text": _TEMPLATE},
        "tags": {"reference": batch.reference},
    })  # fmt: skip
    return Request("POST", f"{base}/v1/Messages", {**headers, "content-type": "application/json"}, body)


def accepted(batch: Batch, response: Response) -> list[Outcome]:
    """What a yes means: all were taken under one operation. Its id and a member's place in the batch make the member's own."""
    operation = text_of(json_object(response.body).get("operationId")) or response.headers.get("operationid", "")
    if not operation:
        return [MayHaveLeft(f"HTTP {response.status} without an operation id") for _ in batch.members]
    return [Accepted(f"{operation}/{place}") for place, _ in enumerate(batch.members)]
