"""Where rule files lie, whose they must be, and which of them hold.

A file that others could have written is ignored, and that is said. A file with a mistake is not:
then nothing starts, for a rule that a person relies on must not silently be missing.

The readers are loaded when there is something to read: most sessions start without.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from kernel.ownership import ROOT, distrusted, text_of
from kernel.rules.guards import guards
from kernel.rules.rule import Layer, Rule
from kernel.rules.source import BadRules, Source
from kernel.rules.trust import TrustStore, digest_of
from kernel.verdicts import Verdict
from syscalls.table import Table

PROJECT_FILES = ("policy.toml", "config.toml")


class Places(msgspec.Struct, frozen=True):
    """Where this session's rules come from."""

    workspace: Path
    home: Path
    trust: Path
    """The folder of the trust store."""
    system: Path | None = None
    """`policy.d` of the machine; None where there is none to look at, as for the following."""
    user: Path | None = None
    project: Path | None = None
    """The folder that holds `.aosh`."""
    own: tuple[Path, ...] = ()
    """Where aosh keeps its journal and undo store."""
    is_bare: bool = False
    """Leave the project out, trusted or not."""


class Loaded(msgspec.Struct, frozen=True):
    """Every rule that holds, and what should be said about those that do not."""

    rules: tuple[Rule, ...]
    remarks: tuple[str, ...]


def load_rules(places: Places, table: Table, allow: Sequence[str] = (), deny: Sequence[str] = ()) -> Loaded:
    """The rules of all layers, in order.

    Raises:
        BadRules: a file, or an option, holds a mistake.
    """
    rules, remarks = guards_of(places), list[str]()
    for layer, folder, owners in (
        (Layer.SYSTEM, places.system, {ROOT}),
        (Layer.USER, places.user, {ROOT, os.getuid()}),
    ):
        for file in _files(folder, owners, remarks):
            source = Source(layer, str(file), str(places.workspace), str(places.home))
            rules += _read(_text(file), source, table)
    if not places.is_bare:
        rules += _project(places, table, remarks)
    source = Source(Layer.COMMAND_LINE, "command line", str(places.workspace), str(places.home))
    if allow or deny:
        rules += _given(allow, deny, source, table)
    return Loaded(tuple(rules), tuple(remarks))


def _given(allow: Sequence[str], deny: Sequence[str], source: Source, table: Table) -> Iterator[Rule]:
    from kernel.rules.shorthand import short_rule

    for texts, verdict in ((allow, Verdict.ALLOW), (deny, Verdict.DENY)):
        yield from (short_rule(text, verdict, source, table) for text in texts)


def _read(text: str, source: Source, table: Table) -> list[Rule]:
    from kernel.rules.reading import read_rules

    return read_rules(text, source, table)


def guards_of(places: Places) -> list[Rule]:
    """The built-in rules that hold before any that people write."""
    folders = (places.trust, places.system, places.user, (places.project or places.workspace) / ".aosh")
    rules_at = [folder for folder in folders if folder is not None]
    return guards(rules_at, places.own, places.workspace, places.home)


def project_of(workspace: Path, home: Path) -> Path | None:
    """The nearest folder, from the workspace upwards, whose `.aosh` holds rules; the home folder is none."""
    for folder in (workspace, *workspace.parents):
        if folder == home and folder != workspace:
            return None
        if any((folder / ".aosh" / name).is_file() for name in PROJECT_FILES):
            return folder
    return None


def texts_of(project: Path) -> dict[str, str]:
    """The rule files of a project, by name.

    Raises:
        BadRules: one cannot be read.
    """
    folder = project / ".aosh"
    return {name: _text(folder / name) for name in PROJECT_FILES if (folder / name).is_file()}


def project_rules(project: str, files: Mapping[str, str], home: Path, table: Table) -> list[Rule]:
    """The rules of a project's texts. Raises as `read_rules` does."""
    rules: list[Rule] = []
    for name, text in files.items():
        source = Source(Layer.PROJECT, f"{project}/.aosh/{name}", project, str(home))
        rules += _read(text, source, table)
    return rules


def file_rules(file: Path, places: Places, table: Table) -> list[Rule]:
    """The rules of one file as they would hold where it lies; whose it is does not matter here.

    Raises:
        BadRules: it cannot be read, or holds a mistake.
    """
    layer = Layer.PROJECT if file.parent.name == ".aosh" else Layer.USER
    return _read(_text(file), Source(layer, str(file), str(places.workspace), str(places.home)), table)


def _project(places: Places, table: Table, remarks: list[str]) -> list[Rule]:
    """What was trusted here and in every folder above: it can only tighten, so all of it holds."""
    store = TrustStore(places.trust)
    rules: list[Rule] = []
    trusted = set()
    for folder in (places.workspace, *places.workspace.parents):
        record = store.find(folder)
        if record is not None:
            trusted.add(folder)
            rules += project_rules(record.project, record.files, places.home, table)
            if digest_of(texts_of(folder)) != record.digest:
                remarks.append(
                    f"the rules of {folder}/.aosh have changed or gone since they were trusted; those that "
                    "were trusted hold until you say: aosh policy trust (or: aosh policy trust --revoke)"
                )
    if places.project is not None and places.project not in trusted:
        remarks.append(
            f"{places.project}/.aosh holds rules that are not trusted and are ignored; look at them, "
            "then say: aosh policy trust"
        )
    return rules


def _files(folder: Path | None, owners: set[int], remarks: list[str]) -> list[Path]:
    """The rule files of a folder that nobody else could have written."""
    if folder is None or not folder.is_dir():
        return []
    if problem := distrusted(folder, owners):
        remarks.append(f"the rules in {folder} are ignored: {problem}")
        return []
    found = []
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".toml"))
    except OSError as error:
        raise BadRules(str(folder), 0, f"it cannot be read: {error.strerror}") from None
    for file in (folder / name for name in names):
        if problem := distrusted(file, owners):
            remarks.append(f"the rules in {file} are ignored: {problem}")
        else:
            found.append(file)
    return found


def _text(file: Path) -> str:
    return text_of(file, "rules", BadRules)
