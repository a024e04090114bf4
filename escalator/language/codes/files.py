"""Codes of files that cannot be read."""

from escalator.language.codes.code import Code

CODES = (
    Code(
        "E100",
        "a file or folder that cannot be read",
        "The file or folder could not be read at all. Check that the path exists and that the service may read it. A "
        "folder that cannot be read is refused as a whole, because the policy that pages might be in it.",
        "# nothing is at the path that was given\n",
        "# file: oncall.yaml\npeople: {ana: {contacts: {push: browser}}}\n"
        "policies: {page: {levels: [{notify: [{person: ana}]}]}}\ncatch_all: page\n",
        whole=True,
    ),
    Code(
        "E101",
        "bytes that are not UTF-8",
        "The file contains bytes that are not UTF-8. Save it as UTF-8; the place of the first such byte is given.",
        "teams:\n  caf\udce9: [ana]      # é as Latin-1 writes it: the byte 0xe9\n",
        "teams:\n  café: [ana]\npolicies: {page: {levels: [{notify: [{team: café}]}]}}\n",
    ),
    Code(
        "E102",
        "not YAML",
        "The text is not YAML: a bracket, a quote or an indentation does not fit. A second place, where "
        "given, is where "
        "the list, mapping or text begins that could not be finished.",
        "teams: {sre: [ana, ben}\n",
        "teams: {sre: [ana, ben]}\npolicies: {page: {levels: [{notify: [{team: sre}]}]}}\n",
    ),
    Code(
        "E103",
        "an anchor or an alias",
        "Anchors (`&name`) and aliases (`*name`) are not part of the language. They make a line mean something that "
        "stands elsewhere, and a few of them expand to gigabytes. Quote a text that begins with `&` or `*`.",
        "teams:\n  sre: &everybody [ana, ben]\n  leads: *everybody\n",
        "teams:\n  sre: [ana, ben]\n  leads: [ana, ben]\n"
        "policies: {page: {levels: [{notify: [{team: sre}]}, {notify: [{team: leads}]}]}}\n",
    ),
    Code(
        "E104",
        "a tag",
        "Tags (`!name`) are not part of the language. Quote a text that begins with `!`.",
        "routes:\n  - match:\n      queue: !urgent\n    policy: page\n",
        'routes:\n  - match:\n      queue: "!urgent"\n    policy: page\n',
    ),
    Code(
        "E105",
        "a key that stands twice",
        "The same key stands twice in one mapping. Many YAML readers silently keep the last; here it is an error.",
        "routes:\n  - {match: {env: prod}, policy: page, match: {env: dev}}\n",
        "routes:\n  - {match: {env: [prod, dev]}, policy: page}\n",
    ),
    Code(
        "E106",
        "a file that is too large",
        "A policy file may have 256 KiB. A folder is read as one policy, so a large file can be split anywhere.",
        "# " + "x" * 262_144 + "\n",
        "# Two files of half the size.\n",
    ),
    Code(
        "E107",
        "nested too deeply",
        "Nothing in the language nests deeper than a few steps; 20 is the limit.",
        "teams: [[[[[[[[[[[[[[[[[[[[[[ana]]]]]]]]]]]]]]]]]]]]]]\n",
        "teams: {sre: [ana]}\npolicies: {page: {levels: [{notify: [{team: sre}]}]}}\n",
    ),
    Code(
        "E108",
        "a second document in one file",
        "A file holds one YAML document. Put what follows `---` into a file of its own.",
        "routes: [{match: {team: web}, policy: page}]\n---\nsources: {alertmanager: {refresh: 4h5m}}\n",
        "routes: [{match: {team: web}, policy: page}]\n# file: senders.yaml\nsources: {alertmanager: "
        "{refresh: 4h5m}}\n",
    ),
    Code(
        "E109",
        "a control character",
        "The file contains a control character, perhaps as an escape such as `\\0`. Remove it.",
        'routes:\n  - {match: {team: "web\\0"}, policy: page}\n',
        "routes:\n  - {match: {team: web}, policy: page}\n",
    ),
)
