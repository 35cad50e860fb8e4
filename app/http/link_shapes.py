"""How are a campaign's links made short, and what came of them? As requests write it, and as it is answered."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field

from app.domain.clicks import HUMAN_BELOW
from app.http.ids import CampaignId, ClickId, LinkId, MessageId
from app.http.shapes import Shape, Text, View

LINKS = (
    "Gives each recipient a short link of their own in place of each https:// address in the text, so that clicks are known; "
    "`{}` will do. null leaves addresses as they are written. Values never become links, unless behind a host that is written out"
)
MESSAGE_LINKS = (
    "Gives the person a short link in place of each https:// address of the text, so that clicks are known; `{}` will do. Texts "
    "of ways to fall back to stay as they are written"
)
EXAMPLE: dict[str, Any] = {
    "utm": {"source": "tactful", "medium": "sms", "campaign": "autumn"},
    "expire_days": 90,
    "conversion_days": 7,
}
_Utm = Annotated[Text, Field(max_length=100)]


class UtmShape(Shape):
    """UTM parameters for analytics. One that an address has already stays as it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE["utm"]]})

    source: _Utm = ""
    medium: _Utm = ""
    campaign: _Utm = ""
    term: _Utm = ""
    content: _Utm = ""


class LinksShape(Shape):
    """How addresses become short links."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    utm: UtmShape = Field(default_factory=UtmShape, description="Added to every address, behind its own query")
    expire_days: Annotated[int, Field(ge=1, le=365, strict=True)] = Field(
        default=90, description="A link ends after so many days"
    )
    conversion_days: Annotated[int, Field(ge=1, le=90, strict=True)] = Field(
        default=7, description="A purchase within so many days after a person's click is put down to it"
    )
    allow_http: bool = Field(default=False, description="Lets links lead to unencrypted http:// addresses, too")


_LINK: dict[str, Any] = {
    "id": "lnk_01jdd00000e008000000000001",
    "written": "https://shop.example/autumn",
    "target": "https://shop.example/autumn?utm_source=tactful&utm_medium=sms",
    "clicks": 310,
    "unique_clicks": 260,
    "human_clicks": 240,
    "unique_human_clicks": 221,
    "last_human_click_at": "2026-11-24T18:03:11Z",
}


class LinkView(View):
    """One address of a campaign's texts, and how often it was followed. Tests are left out."""

    id: LinkId | None = Field(description="null until it has been sent to anybody")
    written: str = Field(description="As the template has it; … stands for what each person's values make of the rest")
    target: str | None = Field(description="Where it leads, UTM parameters included; null where that is each person's own")
    clicks: int = Field(description="All of them, scanners' and previews' too")
    unique_clicks: int = Field(description="Messages it was followed from")
    human_clicks: int = Field(description="Those that look like a person's: these count")
    unique_human_clicks: int
    last_human_click_at: datetime | None


class LinksView(View):
    """A campaign's links."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"links": [_LINK]}]})

    links: list[LinkView]


class ClickView(View):
    """Somebody, or something, followed a link of a message."""

    id: ClickId
    link_id: LinkId
    written: str = Field(description="The address as its author wrote it")
    clicked_at: datetime
    agent: Literal["browser", "previewer", "scanner", "tool", "unknown"]
    score: int = Field(ge=0, le=100, description=f"0 a person, 100 a machine; below {HUMAN_BELOW} it counts as a person's")
    human: bool = Field(description="May change within two minutes, when the delivery and its neighbours are known")


class ContactClickView(ClickView):
    """A click on a link that a contact was sent."""

    message_id: MessageId
    campaign_id: CampaignId | None = Field(description="null for a test or a single message")
