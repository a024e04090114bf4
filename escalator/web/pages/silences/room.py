"""All doors of this room, for `web.build`. What has a name of its own goes before what takes any name."""

from fastapi import APIRouter

from escalator.web.pages.silences import calendar, listing, making, one

router = APIRouter(include_in_schema=False)
for each in (listing, calendar, making, one):
    router.routes.extend(each.router.routes)
