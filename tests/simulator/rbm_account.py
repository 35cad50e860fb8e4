"""Which agent do tests of Google's RCS have? The one of the recorded examples, whose service account's key is known."""

from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from tests.contract import examples_of

CREDENTIALS: dict[str, str] = examples_of.read("google_rbm", "account")["credentials"]
AGENT = CREDENTIALS["agent_id"]


def settings_of(webhook_url: str) -> dict[str, Any]:
    """What the carrier knows of the account and its agent."""
    key = load_pem_private_key(CREDENTIALS["private_key"].encode(), None).public_key()
    public = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
    return {
        "rbm_accounts": {CREDENTIALS["client_email"]: public},
        "rbm_agents": {AGENT: CREDENTIALS["client_token"]},
        "rbm_webhook_url": webhook_url,
    }
