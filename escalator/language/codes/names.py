"""Codes of names, and of what every set of files needs."""

from escalator.language.codes.code import Code

_ANA = "people: {ana: {contacts: {push: browser}}}\n"

CODES = (
    Code(
        "E201",
        "no `catch_all`",
        "`catch_all` names the policy that takes every alert that no route takes. Without it alerts could be lost, so "
        "it is one of the two things that every policy needs.",
        _ANA + "policies: {page: {levels: [{notify: [{person: ana}]}]}}\n",
        _ANA + "policies: {page: {levels: [{notify: [{person: ana}]}]}}\ncatch_all: page\n",
        whole=True,
    ),
    Code(
        "E204",
        "a name that is declared twice",
        "Names are shared by all files of a folder; this one is declared twice.",
        "teams: {web: [ana]}\n# file: shop.yaml\nteams: {web: [ben]}\n",
        "teams: {web: [ana]}\n# file: shop.yaml\nteams: {shop: [ben]}\n"
        "policies: {page: {levels: [{notify: [{team: web}]}, {notify: [{team: shop}]}]}}\n",
    ),
    Code(
        "E205",
        "two files that route",
        "`routes`, `catch_all`, `defaults` and `notification_rules` stand in one file of a folder, so that one place "
        "decides which team sees which alert. Other files declare `route_groups`, to which that file delegates.",
        "routes: [{match: {team: web}, policy: page}]\n"
        "# file: shop.yaml\nroutes: [{match: {service: checkout}, policy: page}]\n",
        "routes:\n  - {match: {team: web}, policy: page}\n  - {match: {team: shop}, route_group: shop}\n"
        "# file: shop.yaml\nroute_groups: {shop: [{match: {service: checkout}, policy: page}]}\n",
    ),
    Code(
        "E206",
        "no policy",
        "There is no policy at all. Every set of files needs one policy and `catch_all`.",
        _ANA + "catch_all: page\n",
        _ANA + "policies: {page: {levels: [{notify: [{person: ana}]}]}}\ncatch_all: page\n",
        whole=True,
    ),
    Code(
        "E210",
        "an unknown name",
        "The name is not declared under the section where such names stand. If it is declared as something else, the "
        "cure says as what.",
        "policies:\n  page: {levels: [{notify: [{schedule: ana}]}]}\n",
        "policies:\n  page: {levels: [{notify: [{person: ana}]}]}\n",
    ),
    Code(
        "W211",
        "a name that nothing uses",
        "A policy that no route leads to, a schedule, team or channel that no level notifies, a person who is on no "
        "schedule, team or level, hours that nothing names: either it can go, or the place where it should stand was "
        "forgotten. The second is why this is worth a warning: somebody may believe that they are on call.",
        "teams: {web: [ana, ben]}\npolicies: {page: {levels: [{notify: [{person: ana}]}]}}\n",
        "teams: {web: [ana, ben]}\npolicies: {page: {levels: [{notify: [{person: ana}]}, {notify: [{team: web}]}]}}\n",
    ),
)
