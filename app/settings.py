"""What is configured? The only reader of the environment; every variable, its default and its meaning stand here, in order."""

import os
import re
from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from app.domain.content_words import SHORTENERS


def inherited_environment() -> dict[str, str]:
    """The environment of this process, to start a child with."""
    return dict(os.environ)


class Settings(BaseSettings):
    """The service's settings. Read once by a process's entry point and passed on; nothing else reads the environment."""

    model_config = SettingsConfigDict(env_prefix="TACTFUL_", extra="ignore", frozen=True, hide_input_in_errors=True)

    database_url: str | None = Field(default=None, validation_alias="DATABASE_URL")
    """PostgreSQL 15 or newer. Unset: the embedded server is used."""
    redis_url: str | None = Field(default=None, validation_alias="REDIS_URL")
    """Redis 6.2 / Valkey 7.2 or newer. Unset: the embedded server is used."""
    data_folder: Path = Path("var")
    """Where the embedded engines and the development secret live."""
    secret_key: SecretStr | None = None
    """32 bytes as 64 hex digits: encrypts provider credentials. Unset: made once and kept in the data folder (development)."""
    previous_secret_keys: SecretStr | None = None
    """Secrets that were in use before, comma-separated, the latest first: what they sealed, signed or erased is still known.
    After `python -m app key rotate-secret` they are needed for numbers erased under them alone."""
    public_url: str = "http://127.0.0.1:8000"
    """The URL carriers reach us at. Webhook signatures are computed over it, whatever proxy stands in between."""
    link_url: str | None = None
    """What short links begin with, best a short domain of the brand's own that leads to this service, such as
    https://go.shop.example; it serves links alone. Unset: `public_url` and /l."""
    host: str = "127.0.0.1"
    port: int = 8000
    clock_offset_seconds: float = 0.0
    """Shifts the service's clock, for demonstrations and rehearsals. Every process must be given the same."""
    allow_private_provider_urls: bool = False
    """Lets a provider's base URL point inside the network (the simulator). Never in production."""
    log_level: str = "info"
    database_pool: int = Field(default=10, ge=1, le=100)
    """Connections each process may hold."""
    worker_groups: int = Field(default=4, ge=1, le=64)
    """Groups of messages one lane job keeps under way at once."""
    group_size: int = Field(default=250, ge=1, le=2000)
    """Messages claimed and handed over together; times `worker_groups` is what is in flight at most for one lane."""
    handover_timeout_seconds: float = Field(default=15.0, gt=0, le=120)
    lease_seconds: float = Field(default=45.0, gt=0)
    """How long a claim is honoured without news of its worker. Must exceed the hand-over time-out with room to record."""
    lane_budget_seconds: float = Field(default=20.0, gt=0, le=50)
    """How long one lane job works before it rings for its own successor."""
    sweep_seconds: float = Field(default=1.0, gt=0)
    join_seconds: float = Field(default=60.0, gt=0)
    """How often a live campaign looks for who came to its audience; less often where looking takes long."""
    receipt_wait_hours: float = Field(default=72.0, gt=0)
    """After this without a final receipt a message becomes `unconfirmed` and the books may close."""
    max_attempts: int = Field(default=8, ge=1, le=100)
    """Hand-overs tried for one message when each was certainly not processed."""
    breaker_rest_seconds: float = Field(default=30.0, gt=0, le=3600)
    """How long a sender rests first when its carrier fails; each time in a row twice as long, up to 32 times this."""
    audience_cost: float = Field(default=3_000_000, gt=0)
    """What counting an audience may cost by PostgreSQL's own estimate; a unit is about ten microseconds."""
    max_json_bytes: int = 1_048_576
    max_import_bytes: int = 1_073_741_824
    """Of a file of contacts, unfolded; it waits on the system's temporary disk, never in memory."""
    max_import_rows: int = Field(default=5_000_000, ge=1, le=100_000_000)
    max_registry_bytes: int = 67_108_864
    """Of a registry's file, which is read in memory."""

    @field_validator("secret_key", "previous_secret_keys")
    @classmethod
    def _keys_in_hex(cls, value: SecretStr | None) -> SecretStr | None:
        """Refuse what is no key before anything is sealed with it; the message does not repeat it."""
        for text in (value.get_secret_value() if value is not None else "").split(","):
            if text.strip() and re.fullmatch(r"[0-9a-fA-F]{64}", text.strip()) is None:
                raise ValueError("each key is 64 hexadecimal digits")
        return value

    @field_validator("database_url")
    @classmethod
    def _asyncpg_dialect(cls, value: str | None) -> str | None:
        """Accept postgres:// and postgresql:// as people write them; SQLAlchemy 2.1 would take the bare form for psycopg."""
        if value is None:
            return None
        for plain in ("postgres://", "postgresql://"):
            if value.startswith(plain):
                return "postgresql+asyncpg://" + value.removeprefix(plain)
        return value

    @field_validator("public_url")
    @classmethod
    def _no_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @field_validator("link_url")
    @classmethod
    def _short_and_plain(cls, value: str | None) -> str | None:
        """Refuse what would make every link useless: no scheme, a query, or a host that carriers refuse."""
        if value is None:
            return None
        found = re.fullmatch(r"https?://([A-Za-z0-9.-]+(?::[0-9]{1,5})?)(/[A-Za-z0-9_-]+)*/?", value)
        if found is None:
            raise ValueError("is https://, a host and perhaps a path, nothing else")
        if found.group(1).lower() in SHORTENERS:
            raise ValueError("is a shortener anyone may use: carriers refuse it")
        return value.rstrip("/")

    @property
    def links_begin(self) -> str:
        """What every short link begins with, its last slash included."""
        return f"{self.link_url or f'{self.public_url}/l'}/"

    @property
    def clock_offset(self) -> timedelta:
        """The clock's shift."""
        return timedelta(seconds=self.clock_offset_seconds)
