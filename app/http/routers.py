"""Which resources does /v1 have? Every router, in the order of the documentation."""

from fastapi import APIRouter

from app.http import (
    consents,
    contacts,
    imports,
)

ROUTERS: tuple[APIRouter, ...] = (
    contacts.router,
    consents.router,
    imports.router,
)
