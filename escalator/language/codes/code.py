"""What is known of one code: the shape, and nothing else."""

from typing import NamedTuple


class Code(NamedTuple):
    """A kind of finding, as `escalator policy explain` shows it."""

    code: str
    """E… or W… and three digits: for ever."""
    title: str
    text: str
    """Why it is wrong, and what to do."""
    wrong: str
    """The least policy text that has it. A line `# file: NAME` begins another file. People and policies that the text
    names without declaring them are thought of as declared; see `whole`."""
    right: str
    """The same, cured."""
    whole: bool = False
    """Whether the texts are all there is, so that nothing may be thought of beside them."""
