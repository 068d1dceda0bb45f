"""Command lines everybody knows, read by their grammar: `ls docs`, `mkdir -p a/b`, `chmod 755 x`.

Only what maps exactly onto a syscall is read; any flag, operator or quoting beyond that leaves the
line to be read as words. Nothing is ever handed to a shell.
"""

import re
import shlex
from collections.abc import Callable, Mapping
from typing import Any

from kernel.reader.choose import Wording, as_typed
from kernel.reader.names import Names
from syscalls.table import AnyCall

Arguments = dict[str, Any]
Parsed = tuple[str, Arguments] | None
Words = list[str]


def is_command(text: str) -> bool:
    """Whether a line is plainly meant for a shell (a program's name, then a flag or an operator)."""
    words = text.split()
    if len(words) == 2 and words[0] in _RUNNERS:
        return True
    return (
        bool(words)
        and words[0] in _PROGRAMS
        and re.search(r"(?:^|\s)-{1,2}[a-zA-Z]|[|<>;]|&&|\$\(", text) is not None
    )


_RUNNERS = frozenset(
    "python python3 bash sh node ruby perl git pip npm docker sudo curl wget ssh sudo".split()
)
_PROGRAMS = frozenset(
    "ls cat head tail wc du df ps top grep egrep rg find sed awk sort uniq cut tr stat chmod chown cp mv mkdir rm rmdir diff tree touch "
    "echo printf less more md5sum sha256sum tar zip unzip curl wget ssh scp git docker pip npm python python3 bash sh sudo kill ln xargs tee".split()
)


def shell_call(text: str, calls: Mapping[str, AnyCall], names: Names) -> tuple[Wording, Arguments] | None:
    """The wording and arguments a command line stands for; None when it is not one, exactly."""
    line = _echoed(text, calls) or _edited(text, calls)
    if line is not None:
        return line
    if re.search(r"[|<>&;$`\\()]", text):
        return None
    try:
        words = shlex.split(text)
    except ValueError:
        return None
    if words[:1] == ["find"] and any(word in _FIND_OPTIONS or word == "-empty" for word in words):
        found = find_call(words)
        return (as_typed(calls[found[0]]), found[1]) if found and found[0] in calls else None
    if not words or words[0] not in _COMMANDS or any(word in _PROSE for word in words[1:]):
        return None
    flags = {letter for word in words[1:] if re.fullmatch(r"-[A-Za-z]+", word) for letter in word[1:]}
    rest = [word for word in words[1:] if not word.startswith("-")]
    longs = [word for word in words[1:] if word.startswith("--") or re.fullmatch(r"-n?\d+", word)]
    parsed = _COMMANDS[words[0]](flags, rest, longs, names)
    if parsed is None or parsed[0] not in calls:
        return None
    call = calls[parsed[0]]
    return as_typed(call), parsed[1]


def _echoed(text: str, calls: Mapping[str, AnyCall]) -> tuple[Wording, Arguments] | None:
    """`echo words > file` and `>> file`."""
    match = re.fullmatch(
        r"(?:echo|printf)\s+('[^']*'|\"[^\"$`]*\"|[\w .,:/-]+?)\s*(>>?)\s*([\w./~-]+)", text.strip()
    )
    name = "file.append" if match and match[2] == ">>" else "file.write"
    if match is None or name not in calls:
        return None
    content = match[1].strip("'\"")
    return as_typed(calls[name]), {
        "path": match[3],
        "content": content if name == "file.append" else f"{content}\n",
    }


def _edited(text: str, calls: Mapping[str, AnyCall]) -> tuple[Wording, Arguments] | None:
    """`sed -i 's/old/new/g' file` and `sed -i '/text/d' file`, without special characters."""
    match = re.fullmatch(
        r"sed\s+-i\s+'(?:s/([^/\\]+)/([^/\\&]*)/(g?)|/([^/\\]+)/d)'\s+([\w./~ -]+)", text.strip()
    )
    if match is None or "file.edit" not in calls or re.search(r"[*\[\]^$+?(){}]", match[1] or match[4]):
        return None
    arguments: Arguments = {"paths": [match[5]]}
    if match[4]:
        arguments |= {"old": rf"(?m)^.*{re.escape(match[4])}.*(?:\n|$)", "new": "", "regex": True}
    else:
        arguments |= {"old": match[1], "new": match[2]}
    return as_typed(calls["file.edit"]), arguments


_PROSE = frozenset(
    "the my all to of into from in with and a an for is files file folder directory called named that please me this it every lines line any by as on".split()
)
"""Words that no command line has: `copy a to b` is prose."""


def _looks_like_path(word: str, names: Names) -> bool:
    return bool(re.search(r"[./*?~]", word)) or bool(names.exact(word))


def _where(word: str, names: Names) -> str:
    """What a looking command means by a name that is not here but stands once elsewhere."""
    found = names.exact(word)
    return found[0].path if "/" not in word and len(found) == 1 else word


def _ls(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
    if longs or flags - set("lahAF1tSrR") or "R" in flags or "r" in flags or len(rest) > 1:
        return None
    if rest and not _looks_like_path(rest[0], names):
        return None
    arguments: Arguments = {"path": rest[0]} if rest else {}
    if flags & {"a", "A"}:
        arguments["hidden"] = True
    if "t" in flags or "S" in flags:
        arguments["order"] = "newest" if "t" in flags else "size"
    return "file.list", arguments


def _end(name: str) -> Callable[[set[str], Words, Words, Names], Parsed]:
    def parse(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
        longs = [re.sub(r"^-n(?=\d)", "-", word) for word in longs]
        lines = [word for word in longs if re.fullmatch(r"-\d+", word)]
        if flags == {"n"} and len(rest) == 2 and rest[0].isdigit():
            return name, {"path": _where(rest[1], names), "lines": int(rest[0])}
        if flags or len(rest) != 1 or len(longs) != len(lines) or not _looks_like_path(rest[0], names):
            return None
        return name, {"path": _where(rest[0], names)} | ({"lines": int(lines[0][1:])} if lines else {})

    return parse


def _paths(
    name: str, allowed: str, slot: str = "paths", *, existing: bool = True
) -> Callable[[set[str], Words, Words, Names], Parsed]:
    def parse(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
        if longs or flags - set(allowed) or not rest:
            return None
        if existing and not all(_looks_like_path(word, names) for word in rest):
            return None
        if slot == "path":
            return (name, {"path": _where(rest[0], names)}) if len(rest) == 1 else None
        return name, {slot: rest}

    return parse


def _to(name: str, allowed: str) -> Callable[[set[str], Words, Words, Names], Parsed]:
    def parse(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
        if (
            longs
            or flags - set(allowed)
            or len(rest) < 2
            or not all(_looks_like_path(word, names) for word in rest[:-1])
        ):
            return None
        arguments: Arguments = {"paths": rest[:-1], "to": rest[-1]}
        return name, arguments | ({"overwrite": True} if "f" in flags else {})

    return parse


def _usage(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
    if longs or flags - set("shac") or not all(_looks_like_path(word, names) for word in rest):
        return None
    return "file.usage", {"paths": rest} if rest else {}


def find_call(words: Words) -> Parsed:
    """`find [folder] -name/-iname/-type/-size/-mtime/-maxdepth/-perm/-empty ...`."""
    arguments: Arguments = {"hidden": False, "kind": None}
    at = 1
    if len(words) > 1 and not words[1].startswith("-"):
        arguments["path"], at = words[1], 2
    while at < len(words):
        option = words[at]
        if option == "-empty":
            arguments["empty"], at = True, at + 1
            continue
        if (
            option not in _FIND_OPTIONS
            or at + 1 >= len(words)
            or not _FIND_OPTIONS[option](words[at + 1], arguments)
        ):
            return None
        at += 2
    del arguments["hidden"]
    return "file.find", arguments


def _find_kind(value: str, out: Arguments) -> bool:
    out["kind"] = {"f": "file", "d": "folder", "l": "link"}.get(value)
    return out["kind"] is not None


def _find_size(value: str, out: Arguments) -> bool:
    match = re.fullmatch(r"([+-])(\d+)([kMGc])", value)
    if match:
        size = int(match[2]) * {"c": 1, "k": 1024, "M": 1024**2, "G": 1024**3}[match[3]]
        out["larger" if match[1] == "+" else "smaller"] = size
    return match is not None


def _find_age(value: str, out: Arguments) -> bool:
    match = re.fullmatch(r"([+-])(\d+)", value)
    if match:
        out["older" if match[1] == "+" else "newer"] = int(match[2]) * 86_400
    return match is not None


def _find_set(name: str, pattern: str, as_number: bool = False) -> "Callable[[str, Arguments], bool]":
    def take(value: str, out: Arguments) -> bool:
        fits = re.fullmatch(pattern, value) is not None
        if fits:
            out[name] = int(value) if as_number else value
        return fits

    return take


_FIND_OPTIONS: dict[str, Callable[[str, Arguments], bool]] = {
    "-name": _find_set("name", r".+"),
    "-iname": _find_set("name", r".+"),
    "-type": _find_kind,
    "-size": _find_size,
    "-mtime": _find_age,
    "-maxdepth": _find_set("depth", r"[1-9]\d?", as_number=True),
    "-perm": _find_set("mode", r"[0-7]{3}"),
}


def _grep(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
    if longs or flags - set("rRinwcvlHE") or not 1 <= len(rest) <= 2:
        return None
    if len(rest) == 2 and not _looks_like_path(rest[1], names):
        return None
    arguments: Arguments = {"pattern": rest[0]} | ({"path": rest[1]} if len(rest) == 2 else {})
    for flag, field in (("w", "word"), ("v", "invert"), ("E", "regex")):
        if flag in flags:
            arguments[field] = True
    if flags & {"c", "l"}:
        arguments["counts"] = True
    if "i" not in flags:
        arguments["case"] = True
    return "file.search", arguments


def _chmod(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
    marks = [word for word in longs if re.fullmatch(r"-[rwx]+", word)]
    if marks or longs or flags - set("R") or len(rest) < 2:
        return None
    if not re.fullmatch(r"[0-7]{3,4}|[ugoa]*[+=-][rwxX]+(,[ugoa]*[+=-][rwxX]+)*", rest[0]):
        return None
    arguments: Arguments = {"mode": rest[0], "paths": rest[1:]}
    return "file.mode", arguments | ({"recursive": True} if "R" in flags else {})


def _diff(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
    if longs or flags - set("u") or len(rest) != 2 or not all(_looks_like_path(word, names) for word in rest):
        return None
    return "file.diff", {"left": rest[0], "right": rest[1]}


def _sort(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
    if longs or flags - set("nru") or len(rest) != 1 or not _looks_like_path(rest[0], names):
        return None
    marks = {"n": "numeric", "r": "reverse", "u": "unique"}
    return "file.sort", {"path": _where(rest[0], names)} | {marks[flag]: True for flag in sorted(flags)}


def _hash(algorithm: str) -> Callable[[set[str], Words, Words, Names], Parsed]:
    def parse(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
        if flags or longs or not rest or not all(_looks_like_path(word, names) for word in rest):
            return None
        return "file.hash", {"paths": rest, "algorithm": algorithm}

    return parse


def _tree(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
    if flags - set("a") or longs or len(rest) > 1 or not all(_looks_like_path(word, names) for word in rest):
        return None
    return "file.tree", ({"path": rest[0]} if rest else {}) | ({"hidden": True} if flags else {})


def _touch(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
    if flags or longs or len(rest) != 1 or names.exact(rest[0]):
        return None
    return "file.write", {"path": rest[0], "content": "", "overwrite": False}


def _plain(
    name: str, arguments: Arguments, allowed: str = ""
) -> Callable[[set[str], Words, Words, Names], Parsed]:
    def parse(flags: set[str], rest: Words, longs: Words, names: Names) -> Parsed:
        return (name, dict(arguments)) if not rest and not longs and not flags - set(allowed) else None

    return parse


_COMMANDS: dict[str, Callable[[set[str], Words, Words, Names], Parsed]] = {
    "ls": _ls,
    "dir": _ls,
    "ll": _ls,
    "cat": _paths("file.read", "n", "path"),
    "less": _paths("file.read", "", "path"),
    "more": _paths("file.read", "", "path"),
    "head": _end("file.head"),
    "tail": _end("file.tail"),
    "wc": _paths("file.count", "lwc"),
    "du": _usage,
    "df": _plain("sys.status", {"part": "disk"}, "h"),
    "free": _plain("sys.status", {"part": "memory"}, "hmg"),
    "uptime": _plain("sys.status", {"part": "all"}),
    "ps": _plain("sys.processes", {}, "aux"),
    "top": _plain("sys.processes", {}),
    "htop": _plain("sys.processes", {}),
    "grep": _grep,
    "stat": _paths("file.stat", ""),
    "chmod": _chmod,
    "cp": _to("file.copy", "raRpv"),
    "mv": _to("file.move", "vf"),
    "mkdir": _paths("file.mkdir", "pv", existing=False),
    "rm": _paths("file.delete", "rfRv"),
    "del": _paths("file.delete", ""),
    "rmdir": _paths("file.delete", ""),
    "diff": _diff,
    "sort": _sort,
    "tree": _tree,
    "touch": _touch,
    "md5sum": _hash("md5"),
    "sha256sum": _hash("sha256"),
    "sha1sum": _hash("sha1"),
}
