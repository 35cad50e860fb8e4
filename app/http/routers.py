"""Which resources does /v1 have? Every router, in the order of the documentation."""

from fastapi import APIRouter

ROUTERS: tuple[APIRouter, ...] = ()
