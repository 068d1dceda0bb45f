"""Paths, calls and arguments as a mind, an attacker or a bug might write them."""

from typing import Any

from hypothesis import strategies as st

from syscalls.caps import ANY, Cap, Right
from tests.kernel.world import CALLS

NAMES = st.sampled_from(
    ["desk", "deskspace", "des", "a", "b", "..", ".", "", "...", " ", "A", "ä", "\0", "~"]
)
PATHS = st.builds(
    lambda start, parts, end: start + "/".join(parts) + end,
    st.sampled_from(["/", "//", "", "/desk/", "/desk", "~/", "../"]),
    st.lists(NAMES, max_size=6),
    st.sampled_from(["", "/"]),
)
FILE_RIGHTS = st.sampled_from([Right.FS_READ, Right.FS_WRITE])
FILE_CAPS = st.builds(Cap, FILE_RIGHTS, PATHS)
NAME_CAPS = st.builds(
    Cap,
    st.sampled_from([right for right in Right if not right.is_path]),
    st.sampled_from([ANY, "weather", "sys", "w", ""]),
)
CAPS = FILE_CAPS | NAME_CAPS

TEXT = st.text(max_size=20) | PATHS | st.sampled_from(["a.txt", "755", "*.py", "size", "\ud800", "file"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
FIELDS = sorted({field for call in CALLS for field in call.schema["properties"]})


def fitting(field: str) -> st.SearchStrategy[Any]:
    """What often fits a field of that name."""
    if field in ("paths", "choices", "steps"):
        return st.lists(TEXT, max_size=3)
    if field in ("regex", "case", "force", "hidden", "overwrite"):
        return st.booleans()
    return TEXT | st.integers(-1, 200_000)


@st.composite
def arguments(draw: st.DrawFn, name: str) -> dict[str, Any]:
    """Arguments for a call: some that fit, some that nearly do, some from nowhere."""
    known = next((sorted(call.schema["properties"]) for call in CALLS if call.name == name), FIELDS)
    required: list[str] = next((call.schema.get("required", []) for call in CALLS if call.name == name), [])
    chosen = draw(st.lists(st.sampled_from(known or FIELDS), max_size=3))
    found = {field: draw(fitting(field) | JSON) for field in {*required, *chosen}}
    return found | draw(st.just({}) | st.dictionaries(st.sampled_from(FIELDS) | TEXT, JSON, max_size=2))


@st.composite
def proposals(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A call's name and its arguments, as untrusted text."""
    name = draw(st.sampled_from([call.name for call in CALLS]) | TEXT)
    return name, draw(arguments(name))
