"""Which resources does /v1 have? Every router, in the order of the documentation."""

from fastapi import APIRouter

from app.http import (
    audiences,
    campaign_insight,
    campaigns,
    consents,
    contacts,
    decision_log,
    decisions,
    imports,
    ledger,
    messages,
    preflights,
    providers,
    registries,
    reviews,
    rule_book,
    rule_rows,
    senders,
    template_check,
    templates,
    workspaces,
)

ROUTERS: tuple[APIRouter, ...] = (
    contacts.router,
    consents.router,
    reviews.router,
    ledger.router,
    registries.router,
    imports.router,
    audiences.router,
    templates.router,
    template_check.router,
    providers.router,
    senders.router,
    campaigns.router,
    campaign_insight.router,
    preflights.router,
    messages.router,
    decisions.router,
    rule_book.router,
    rule_rows.router,
    decision_log.router,
    workspaces.router,
)
