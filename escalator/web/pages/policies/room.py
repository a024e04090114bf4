"""The room's routes, as one."""

from fastapi import APIRouter

from escalator.web.pages.policies import codes, live, named, promises, routes

router = APIRouter(include_in_schema=False)
for page in (codes, live, named, promises, routes):
    # Not include_router: it hides the routes, and the test that walks them must see every one.
    router.routes.extend(page.router.routes)
