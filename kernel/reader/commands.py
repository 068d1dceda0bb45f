"""Requests to run a program: "run the tests with pytest", "execute python main.py", "run `make build`".

The program and every argument are words of the request, in its order; nothing is added and nothing
is handed to a shell. Where a word could be prose, or no program is named, there is no reading.
"""

import re
import shlex
from collections.abc import Mapping
from typing import Any, NamedTuple

from kernel.reader.choose import Wording, as_typed
from kernel.reader.lazy import Lazy
from kernel.reader.names import Names
from syscalls.table import AnyCall

EXEC = "tool.exec"
SURE, LIKELY = 0.98, 0.6
"""A program everybody knows, or of the workspace; a word that could be one, to be confirmed."""

_RUN = Lazy(
    r"^(?:(?:please|kindly|now|then|just|can you|could you|would you|will you|i want you to|i'd like you to|go ahead and|let's|lets)\s+)*"
    r"(?P<verb>run|execute|exec|launch|invoke|start)\s+(?P<rest>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)
_LEAD = Lazy(
    r"^(?:(?:the|this|a|following)\s+)*(?:(?:shell\s+)?command|program|command line)\s*(?:called|named|:)?\s+",
    re.IGNORECASE,
)
_TAIL = Lazy(r"(?:\s*,?\s+(?:please|for me|now|thanks|thank you))+$|(?<=[\w'\"`)])[.!?]+$", re.IGNORECASE)
_QUOTED = Lazy(r"^(?P<q>[`'\"])(?P<line>[^`'\"]+)(?P=q)$")
_WITH = Lazy(
    r"^(?:(?:all|the|my|our|its|unit|whole|full|entire|of)\s+)*"
    r"(?:tests?|test suite|suite|build|linter|lint|checks?|type checks?|type checker|benchmarks?|formatter|formatting|coverage|docs|documentation)"
    r"\s+(?:with|using|via|through)\s+(?P<line>\S.*)$",
    re.IGNORECASE,
)
_FILE_WITH = Lazy(
    r"^(?:(?:the|my)\s+)?(?:(?:script|file|program)\s+)?(?P<file>\S+)\s+(?:with|using|in)\s+(?P<program>[\w./+-]+)$",
    re.IGNORECASE,
)
_FOLDER = Lazy(
    r"\s+(?:in|inside|from|within)\s+(?:the\s+|my\s+)?(?P<folder>[\w./-]+?)/?(?:\s+(?:folder|directory|dir))?$",
    re.IGNORECASE,
)
_SYNTAX = Lazy(r"[|<>&;$`\n\\()]")
_PROGRAM = Lazy(r"^[A-Za-z0-9_][\w.+-]*$")

PROGRAMS = frozenset(
    """awk bash bun bundle bzip2 cargo cat cc clang cmake composer cp ctest curl cut date deno df diff dir docker dotnet du echo
    env eslint false file find flake8 gcc gem git go gradle grep gunzip gzip head hostname id isort java javac jest jq julia just
    ld less ln ls lua lualatex make md5sum meson mkdir mocha mv mvn mypy nim ninja node nox npm npx ocaml perl pdflatex php pip
    pip3 pipenv pnpm poetry ps pwd py.test pylint pyright pytest python python2 python3 rake rg rm rmdir rspec ruby ruff rustc sed
    sbt scala seq sh sha256sum sleep sort sqlite3 stat swift tail tar tee test time tox touch tr tree true tsc uname uniq unzip uv
    uvx vitest wc which whoami xargs xz yarn zig zip zsh black pre-commit mkdocs sphinx-build hatch twine coverage""".split()
)
"""Names that are programs and little else."""
_ALSO_WORDS = frozenset(
    "cut date dir env false file find go head just less make nim seq sort stat swift tail test time touch tree true which".split()
)
"""Of those, the ones that are everyday words too: prose behind them makes the line prose."""
_PROSE = frozenset(
    """the my all of into with and a an for is are files folder directory called named that please me this it its every any by our your
    on to from some new these those which where when what how""".split()
)


class Command(NamedTuple):
    """A command line found in a request."""

    arguments: dict[str, Any]
    sureness: float


def command_call(text: str, calls: Mapping[str, AnyCall], names: Names) -> "tuple[Wording, Command] | None":
    """The program and arguments a request names; None where it names none plainly."""
    asked = _RUN.match(text.strip())
    if asked is None or EXEC not in calls:
        return None
    rest = _TAIL.sub("", asked["rest"].strip()).strip()
    found = _line(rest, names, is_plain=asked["verb"].lower() != "start")
    return None if found is None else (as_typed(calls[EXEC]), found)


def _line(rest: str, names: Names, *, is_plain: bool) -> Command | None:
    """A command line out of what follows the verb. Args: `is_plain`, whether the verb alone speaks of a program."""
    said = _LEAD.sub("", rest)
    quoted = _QUOTED.match(said)
    if quoted is not None:
        return _command(quoted["line"], names, SURE, is_exact=True)
    used = _WITH.match(said)
    if used is not None:
        return _command(used["line"], names, SURE)
    with_file = _FILE_WITH.match(said)
    if with_file is not None and names.exact(with_file["file"]) and with_file["program"].lower() in PROGRAMS:
        return _command(f"{with_file['program']} {shlex.quote(with_file['file'])}", names, SURE)
    found = _command(said, names, LIKELY if is_plain or said != rest else 0.0)
    return found if found is not None and found.sureness > 0 else None


def _command(line: str, names: Names, least: float, *, is_exact: bool = False) -> Command | None:
    """The words of a command line.

    Args:
        line: as it stands in the request.
        names: of the workspace.
        least: how sure it is where the program is not one that is known; 0 for not at all.
        is_exact: it stood in quotes, so nothing in it is prose.
    """
    cwd = None
    if not is_exact:
        inside = _FOLDER.search(line)
        if inside is not None and any(name.is_folder for name in names.exact(inside["folder"])):
            line, cwd = line[: inside.start()], inside["folder"]
    if _SYNTAX.search(line):
        return None
    try:
        argv = shlex.split(line)
    except ValueError:
        return None
    if not argv:
        return None
    sure = _is_program(argv[0], names, has_prose=any(word.lower() in _PROSE for word in argv[1:]))
    if sure is None or (not is_exact and any(word.lower() in _PROSE for word in argv)):
        return None
    if sure and "/" not in argv[0] and argv[0] not in PROGRAMS:
        argv[0] = f"./{argv[0]}"
    sureness = SURE if sure or any(word.startswith("-") for word in argv[1:]) else least
    return Command({"argv": argv} | ({"cwd": cwd} if cwd else {}), sureness)


def _is_program(word: str, names: Names, *, has_prose: bool) -> bool | None:
    """True for a program, None for what is none, False for a word that could be one."""
    if "/" in word:
        return True
    if word in PROGRAMS:
        return None if has_prose and word in _ALSO_WORDS else True
    if any(not name.is_folder and name.path == word for name in names.exact(word)):
        return True
    return False if _PROGRAM.match(word) and not word.isdigit() else None
