"""Templates in the policies: a policy's own wording, a webhook's own request. Checked here, rendered elsewhere.

What is checked is what can be known: that it is Jinja2, and that it names what a message has.
"""

from collections.abc import Mapping

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.meta import TrackingCodeGenerator

from escalator.core.policy import TEMPLATE_FIELDS, Form, Templates
from escalator.language import scalars
from escalator.language.nodes import Node, Scalar
from escalator.language.scope import Scope
from escalator.language.shapes.labels import LONGEST_TEMPLATE
from escalator.language.shapes.ladders import WORDING
from escalator.language.shapes.patterns import HEADER
from escalator.language.shapes.people import ACKNOWLEDGES

OURS = frozenset(
    ("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "keep-alive", "expect",
     "proxy-authorization", "webhook-id", "webhook-timestamp", "webhook-signature", "idempotency-key")
)  # fmt: skip
"""Headers that the request itself needs, or that prove who sent it."""
CREDENTIALS = frozenset(("authorization", "cookie"))
"""Headers whose value is a secret."""
ELSEWHERE = (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)
_parser = Environment(autoescape=False)  # noqa: S701  parsed here, never rendered
# What is not there when it is rendered: a retry is made of the same words.
_parser.filters.pop("random")
_parser.globals.pop("lipsum")


class Names(TrackingCodeGenerator):
    """Collects the names that a template asks for. Jinja2 works out at compile time what is constant, `[0] * 10**9`
    too: not here, where the service itself reads policies.
    """

    def __init__(self) -> None:
        super().__init__(_parser)
        self.optimizer = None

    def _output_child_to_const(self, *_: object) -> str:
        raise nodes.Impossible


def templates(scope: Scope, node: Node) -> Templates | None:
    fields = scope.fields(node, WORDING)
    if fields is None:
        return None
    return Templates(**{name: template(scope, fields[name]) for name in WORDING if name in fields})


def form(scope: Scope, fields: Mapping[str, Node]) -> Form:
    acknowledges = scope.choice(fields["acknowledges"], ACKNOWLEDGES) if "acknowledges" in fields else None
    headers = scope.entries(fields["headers"], "headers") if "headers" in fields else []
    return Form(
        body=template(scope, fields["body"]) if "body" in fields else None,
        headers=tuple(pair for key, value in headers if (pair := _header(scope, key, value)) is not None),
        acknowledges=acknowledges == "true",
    )


def _header(scope: Scope, key: Scalar, value: Node) -> tuple[str, str] | None:
    if not HEADER.fullmatch(key.value) or key.value.lower() in OURS:
        cure = "letters, digits and `-`; what the request itself needs is set by Escalator"
        scope.error("E144", key.mark, f"`{key.value}` is no header that can be set", cure)
        return None
    if isinstance(value, Scalar) and scalars.is_secret(value):
        return key.value, value.value
    if key.value.lower() in CREDENTIALS:
        cure = f"write `{key.value}: secret:NAME`, and set the environment variable NAME, or NAME_FILE"
        scope.error("E220", value.mark, f"what `{key.value}` proves does not belong into a file", cure)
        return None
    text = template(scope, value)
    return (key.value, text) if text is not None else None


def template(scope: Scope, node: Node) -> str | None:
    """The text of a template that can be parsed and names only what there is."""
    text = scope.text(node, "a template")
    if text is None:
        return None
    if len(text) > LONGEST_TEMPLATE:
        scope.error("E127", node.mark, "this template is too long", f"at most {LONGEST_TEMPLATE} characters")
        return None
    try:
        names = _names(text)
    except (TemplateSyntaxError, RecursionError) as error:
        message = getattr(error, "message", None) or "nested too deeply"
        scope.error("E142", node.mark, f"this is not a Jinja2 template: {message}", "see docs/channels/webhook.md")
        return None
    for name in sorted(names - set(TEMPLATE_FIELDS)):
        scope.error("E143", node.mark, f"a message has no `{name}`", scope.meant(name, TEMPLATE_FIELDS))
    return text if names <= set(TEMPLATE_FIELDS) else None


def _names(text: str) -> set[str]:
    """The names that a template asks for; raises TemplateSyntaxError, RecursionError."""
    parsed = _parser.parse(text)
    other = next(iter(parsed.find_all(ELSEWHERE)), None)
    if other is not None:
        raise TemplateSyntaxError("there are no other templates to include", other.lineno)
    found = Names()
    found.visit(parsed)
    return found.undeclared_identifiers
