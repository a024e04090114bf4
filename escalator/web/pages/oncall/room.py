"""All doors of this room, for `web.build`."""

from fastapi import APIRouter

from escalator.web.pages.oncall import (
    changes,
    feed_acts,
    overview,
    people,
    person,
    person_acts,
    schedule,
    trial_acts,
)

router = APIRouter(include_in_schema=False)
for each in (overview, schedule, changes, people, person, person_acts, feed_acts, trial_acts):
    router.routes.extend(each.router.routes)
