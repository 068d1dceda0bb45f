"""How the line being typed looks: sugar in colours, and invisible characters made visible."""

import bisect
import re
from collections.abc import Callable, Collection

from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.formatted_text.utils import fragment_list_to_text
from prompt_toolkit.layout.processors import Processor, Transformation, TransformationInput
from prompt_toolkit.layout.utils import explode_text_fragments
from prompt_toolkit.lexers import Lexer
from prompt_toolkit.styles import Style

from apps.shell.render import escape

STYLE = Style.from_dict(
    {
        "prompt": "bold",
        "call": "ansicyan bold",
        "unknown": "ansired",
        "key": "ansiblue",
        "quoted": "ansigreen",
        "command": "ansimagenta bold",
        "program": "ansiyellow",
        "mention": "ansicyan underline",
        "escape": "ansimagenta",
        "question": "bold",
        "choice": "ansicyan bold",
        "bottom-toolbar": "noreverse ansibrightblack",
    }
)
_SUGAR = re.compile(r"""(?P<key>\b[A-Za-z_]\w*=)|(?P<quoted>"(?:\\.|[^"\\])*"?|'[^']*'?)|(?P<other>\S|\s+)""")
_MENTION = re.compile(r"""(?P<mention>(?<!\S)@(?:"(?:\\.|[^"\\])*"?|\S+))|(?P<other>\S+|\s+)""")


class SugarLexer(Lexer):
    """Colours by what a line's first character makes of it."""

    def __init__(self, calls: Collection[str], commands: Collection[str]) -> None:
        self._calls = calls
        self._commands = commands

    def lex_document(self, document: Document) -> Callable[[int], StyleAndTextTuples]:
        """A function from line number to coloured fragments."""
        lines = document.lines
        kind = lines[0][:1]

        def line_at(number: int) -> StyleAndTextTuples:
            if number >= len(lines):
                return []
            if number == 0:
                return self.first_line(lines[0])
            return _split(_SUGAR if kind == ":" else _MENTION, lines[number])

        return line_at

    def first_line(self, line: str) -> StyleAndTextTuples:
        """The fragments of the line that decides."""
        word = re.match(r"\S*", line)
        head = word[0] if word else ""
        rest = line[len(head) :]
        match line[:1]:
            case ":":
                return [(_known(head[1:] in self._calls, "class:call"), head), *_split(_SUGAR, rest)]
            case "/":
                return [(_known(head[1:] in self._commands, "class:command"), head), ("", rest)]
            case "!":
                return [("class:program", head), *_split(_SUGAR, rest)]
            case _:
                return _split(_MENTION, line)


class VisibleText(Processor):
    """Shows controls, bidi and zero-width characters in what was typed or pasted as escapes."""

    def apply_transformation(self, transformation_input: TransformationInput) -> Transformation:
        """The fragments with escapes, and where each character went."""
        fragments = explode_text_fragments(transformation_input.fragments)
        text = fragment_list_to_text(fragments)
        acting = {match.start() for match in escape.IN_LINE.finditer(text)}
        if not acting:
            return Transformation(fragments)
        shown: StyleAndTextTuples = []
        starts: list[int] = []
        width = 0
        for at, fragment in enumerate(fragments):
            starts.append(width)
            style, character = fragment[0], fragment[1]
            part = ("class:escape", escape.shown(character)) if at in acting else (style, character)
            shown.append(part)
            width += len(part[1])

        def to_display(position: int) -> int:
            return starts[position] if position < len(starts) else width + position - len(starts)

        def to_source(position: int) -> int:
            if position >= width:
                return len(starts) + position - width
            return bisect.bisect_right(starts, position) - 1

        return Transformation(shown, to_display, to_source)


def _known(is_known: bool, style: str) -> str:
    return style if is_known else "class:unknown"


def _split(pattern: re.Pattern[str], text: str) -> StyleAndTextTuples:
    styles = {"key": "class:key", "quoted": "class:quoted", "mention": "class:mention"}
    return [(styles.get(match.lastgroup or "", ""), match[0]) for match in pattern.finditer(text)]
