"""All doors of this room, for `web.build`."""

from fastapi import APIRouter

from escalator.web.pages.oncall import changes, overview, people, person, person_acts, schedule

router = APIRouter(include_in_schema=False)
for each in (overview, schedule, changes, people, person, person_acts):
    router.routes.extend(each.router.routes)
