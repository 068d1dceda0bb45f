"""However capabilities are minted and handed down, nobody ever reaches further than whoever gave to him."""

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from kernel.paths import canonical
from kernel.policy import covered
from kernel.process import Limits, Process, workspace_caps
from syscalls.caps import Cap, Right, holds, is_beneath
from syscalls.errors import BadArgument, NotPermitted
from tests.property.strategies import CAPS, FILE_CAPS, PATHS

ANY_SCOPE = PATHS | st.sampled_from(["*", "weather", "sys", ""])
PLACES = ("/", "/desk", "/desk/a", "/desk/a/b", "/deskspace", "/deskspace/a", "/des", "/b", "/etc/passwd")


@given(CAPS, ANY_SCOPE, ANY_SCOPE)
def test_what_a_minted_capability_covers_the_one_it_came_from_covers_too(
    cap: Cap, scope: str, target: str
) -> None:
    try:
        child = cap.mint(scope)
    except NotPermitted:
        return
    for right in Right:
        if child.covers(right, target):
            assert cap.covers(right, target)


@given(PATHS, PATHS)
def test_being_beneath_is_a_matter_of_whole_names(path: str, root: str) -> None:
    if is_beneath(path, root):
        parts = [part for part in path.split("/") if part not in ("", ".")]
        above = [part for part in root.split("/") if part not in ("", ".")]
        assert parts[: len(above)] == above
        assert ".." not in parts


@given(st.frozensets(FILE_CAPS, max_size=3), st.sampled_from(Right), PATHS)
def test_the_quick_check_of_the_policy_covers_exactly_what_is_held(
    caps: frozenset[Cap], right: Right, path: str
) -> None:
    assert covered(caps, right, path) is holds(caps, right, path)


@given(PATHS)
def test_no_way_of_writing_a_path_leads_out_of_a_granted_folder(text: str) -> None:
    """What the gate checks is what a plain reading of the path says."""
    try:
        path = canonical(text, "/desk", "/home/ana")
    except BadArgument:
        return
    parts: list[str] = []
    whole = f"/home/ana{text[1:]}" if text == "~" or text.startswith("~/") else text
    for part in (whole if whole.startswith("/") else f"/desk/{whole}").split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    assert is_beneath(path, "/desk") is (parts[:1] == ["desk"])


class Family(RuleBasedStateMachine):
    """Processes that mint children that mint children."""

    everyone = Bundle("everyone")

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[tuple[Process, Process]] = []

    @initialize(target=everyone)
    def first(self) -> Process:
        return Process(1, "", workspace_caps(["/desk", "/deskspace/a"]), cwd="/desk", home="/h")

    @rule(
        target=everyone, parent=everyone, which=st.integers(0, 20), scope=st.sampled_from(PLACES) | ANY_SCOPE
    )
    def mint(self, parent: Process, which: int, scope: str) -> Process:
        caps = sorted(parent.caps, key=lambda cap: (cap.right.value, cap.scope))
        if not caps:
            return parent
        try:
            child = parent.mint(len(self.lines) + 2, "", [(caps[which % len(caps)], scope)], Limits())
        except NotPermitted:
            return parent
        self.lines.append((parent, child))
        return child

    @invariant()
    def nobody_reaches_further_than_his_parent(self) -> None:
        for parent, child in self.lines[-1:]:
            assert child.parent == parent.pid
            for right in Right:
                for place in (*PLACES, "*", "weather"):
                    assert holds(parent.caps, right, place) or not holds(child.caps, right, place)


TestFamily = Family.TestCase
TestFamily.settings = settings(max_examples=10, stateful_step_count=12, deadline=None)
