"""How does a message look as Google draws it? Text, file, card, carousel and what can be tapped (AgentContentMessage of v1)."""

from typing import Any

from app.domain.rich import LONGEST_CARD_TEXT, Card, Content, Media, Suggestion, SuggestionKind


def content_message(body: str, content: Content) -> dict[str, Any]:
    """A contentMessage. What has no place for the text of its own becomes a card that has; ValueError where no card holds it."""
    taps = {"suggestions": [_suggestion(tap) for tap in content.suggestions]} if content.suggestions else {}
    if len(content.cards) > 1:
        first, *others = content.cards
        cards = [_card(first, body), *(_card(card, "") for card in others)]
        return {"richCard": {"carouselCard": {"cardWidth": "MEDIUM", "cardContents": cards}}, **taps}
    if content.cards or (content.media and body):
        card = content.cards[0] if content.cards else Card(media=content.media[0])
        standalone = {"cardOrientation": "VERTICAL", "cardContent": _card(card, body)}
        return {"richCard": {"standaloneCard": standalone}, **taps}
    if content.media:
        return {"contentInfo": {"fileUrl": content.media[0].url}, **taps}
    return {"text": body, **taps}


def _card(card: Card, text: str) -> dict[str, Any]:
    said = "\n\n".join(dict.fromkeys(part for part in (card.text, text) if part))
    if len(said) > LONGEST_CARD_TEXT:  # cut short, it might lose the way to object
        raise ValueError("more text than a card holds")
    drawn: dict[str, Any] = {}
    if card.title:
        drawn["title"] = card.title
    if said:
        drawn["description"] = said
    if card.media is not None:
        drawn["media"] = _picture(card.media)
    if card.suggestions:
        drawn["suggestions"] = [_suggestion(tap) for tap in card.suggestions]
    return drawn


def _picture(medium: Media) -> dict[str, Any]:
    if medium.content_type and not medium.content_type.startswith(("image/", "video/")):
        raise ValueError("a card shows pictures and films only")
    return {"height": "MEDIUM", "contentInfo": {"fileUrl": medium.url}}


def _suggestion(tap: Suggestion) -> dict[str, Any]:
    said = {"text": tap.text, "postbackData": tap.postback or tap.text}
    match tap.kind:
        case SuggestionKind.REPLY:
            return {"reply": said}
        case SuggestionKind.OPEN_URL:
            return {"action": {**said, "openUrlAction": {"url": tap.url}}}
        case SuggestionKind.DIAL:
            return {"action": {**said, "dialAction": {"phoneNumber": tap.phone}}}
        case SuggestionKind.SHOW_LOCATION:
            place = {"latitude": tap.latitude, "longitude": tap.longitude}
            return {"action": {**said, "viewLocationAction": {"latLong": place}}}
        case SuggestionKind.SHARE_LOCATION:
            return {"action": {**said, "shareLocationAction": {}}}
