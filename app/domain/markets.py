"""Is a market open to this workspace? Those with known rules are, unchecked ones when switched on, the rest never."""

from app.domain.book import INSTALLED, other_market
from app.domain.facts import Market
from app.domain.message import Channel
from app.domain.regions import country_of, path_of
from app.domain.windows import WindowRow


def market_fault(region: str, channel: Channel, market: Market) -> str | None:
    """Why marketing on this channel may not go to a region at all, or None when it may. Decided for each country as a whole."""
    country = country_of(region)
    if not country:
        return f"no rules for {channel} marketing to a number without a country"
    names = {region, region.partition("-")[0], *path_of(region)}
    if market.only is not None and names.isdisjoint(market.only):
        return f"{region} is not among the markets this workspace sends to"
    if not names.isdisjoint(market.enabled):
        return None
    rows = (market.pack or INSTALLED).rows_for(country, channel)
    if not rows:
        return f"no rules for {channel} marketing to {region}"
    if all(row.confidence == "verify" for row in rows):
        return f"the rules for {channel} marketing to {country} are not checked: a workspace has to switch the market on"
    return None


def market_rows(region: str, channel: Channel, technology: str, market: Market) -> tuple[WindowRow, ...]:
    """The law's rows for a region and all it lies in, before anything lifts them.

    The statutory profile leaves out a state's row that is not checked, unless the workspace switched it on. A country without
    rows has the hours of `other_market`.
    """
    found = (market.pack or INSTALLED).rows_for(region, channel) or (other_market(country_of(region)),)
    return tuple(row for row in found if _reaches(row, technology) and binds(row, market))


def own_rows(region: str, channel: Channel, technology: str, market: Market) -> tuple[WindowRow, ...]:
    """The workspace's own rows for a region and all it lies in."""
    wide = {"", *(part for part in path_of(region))}
    return tuple(
        row
        for row in market.rows
        if channel in row.channels and _reaches(row, technology) and (path_of(row.region) or ("",))[-1] in wide
    )


def _reaches(row: WindowRow, technology: str) -> bool:
    return not row.technologies or technology in row.technologies


def binds(row: WindowRow, market: Market) -> bool:
    """Whether a row counts under the workspace's profile: a state's that is not checked does so by the strict one only."""
    unchecked = row.confidence == "verify" and "-" in row.region
    return not unchecked or market.profile == "strict" or row.region in market.enabled
