"""The tier is found by trying, kept while nothing it hangs on changes, and never silently weaker."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from kernel.jail import tier
from kernel.jail.child import NOT_JAILED
from kernel.jail.plan import package_root
from kernel.jail.spawn import spawn
from kernel.jail.spec import JailSpec
from kernel.jail.tier import Choice, choose, find
from tests.jail.world import PATIENCE_S

pytestmark = pytest.mark.usefixtures("jail")

_WITHOUT = """
import os, sys
sys.path.append({root!r})
from kernel.jail.native import number, syscall
uid, gid = os.geteuid(), os.getegid()
syscall(number("unshare"), 0x10000000)
for name, text in (("setgroups", "deny"), ("uid_map", f"{{uid}} {{uid}} 1"), ("gid_map", f"{{gid}} {{gid}} 1")):
    with open(f"/proc/self/{{name}}", "w") as file:
        file.write(text)
with open("/proc/sys/user/max_user_namespaces", "w") as file:
    file.write("0")
os.execv(sys.executable, [sys.executable, "-m", "apps.shell.main", *sys.argv[1:]])
"""


_ON_AN_OVERLAY = """
import os, sys
sys.path.append({root!r})
from kernel.jail.mounts import mount
from kernel.jail.native import number, syscall
uid, gid = os.geteuid(), os.getegid()
syscall(number("unshare"), 0x20000 | (0x10000000 if uid else 0))
for name, text in (("setgroups", "deny"), ("uid_map", f"{{uid}} {{uid}} 1"), ("gid_map", f"{{gid}} {{gid}} 1")):
    if uid:
        with open(f"/proc/self/{{name}}", "w") as file:
            file.write(text)
mount("", "/", "", 0x44000)
mount("overlay", "aosh", "overlay", 0, "lowerdir=lower,upperdir=upper,workdir=work,userxattr")
os.execv(sys.executable, [sys.executable, "-m", "apps.shell.main", *sys.argv[1:]])
"""
"""aosh's own folder on a file system that is no upper layer of any overlay, as in a container's root."""


def without_namespaces(home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """aosh where no user namespace can be made: really so, inside one whose limit is 0."""
    return aosh_after(_WITHOUT, home, *words)


def aosh_after(script: str, home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    """aosh, started by a script that changes its world first."""
    env = {"AOSH_HOME": str(home / "aosh"), "PYTHONPATH": package_root(), "PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-c", script.format(root=package_root()), *words],
        cwd=home, env=env, capture_output=True, text=True, timeout=6 * PATIENCE_S, check=False,
    )  # fmt: skip


@pytest.mark.usefixtures("namespaces")
def test_with_namespaces_it_is_f_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose(tmp_path / "state") == Choice("F")
    monkeypatch.setattr(tier, "find", lambda folder: pytest.fail("tried again"))
    assert choose(tmp_path / "state") == Choice("F")


def test_what_is_kept_does_not_outlive_what_it_hangs_on(tmp_path: Path) -> None:
    kept = tmp_path / "jail.json"
    known = {"circumstances": ["another kernel"], "choice": {"tier": "none", "reason": "then"}}
    kept.write_text(json.dumps(known), encoding="utf-8")
    assert choose(tmp_path) == find(tmp_path)
    assert json.loads(kept.read_bytes())["circumstances"] == tier.circumstances()


def test_a_damaged_note_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "jail.json").write_text("{", encoding="utf-8")
    assert choose(tmp_path) == find(tmp_path)


@pytest.mark.parametrize(
    ("held", "required", "is_met"),
    [("F", "F", True), ("F", "L", True), ("L", "F", False), ("L", "L", True), ("none", "L", False)],
)
def test_a_stronger_tier_meets_a_weaker_wish(held: str, required: str, is_met: bool) -> None:
    assert Choice(held).meets(required) == is_met  # type: ignore[arg-type]


@pytest.mark.usefixtures("namespaces")
def test_without_user_namespaces_it_is_l_and_says_why(tmp_path: Path) -> None:
    ran = without_namespaces(tmp_path, "--output-format", "stream-json", "-p", ":file.list")
    assert json.loads(ran.stdout.splitlines()[0])["jail"] == "L", ran.stderr
    assert ran.returncode == 0
    refused = without_namespaces(tmp_path, "--require-jail", "F", "-p", ":file.list")
    assert refused.returncode == 44
    assert refused.stderr == (
        "aosh: jail tier F is required, and here it is L: namespaces: unshare: No space left on device; "
        "user namespaces are switched off (/proc/sys/user/max_user_namespaces is 0)\n"
    )


@pytest.mark.usefixtures("namespaces")
def test_a_jail_that_cannot_be_had_in_its_tier_does_not_start() -> None:
    """Not even in a weaker one."""
    code = (
        f"import sys; sys.path.append({package_root()!r})\n"
        "from kernel.jail.native import number, syscall\n"
        "syscall(number('unshare'), 0x10000000)\n"
        "open('/proc/sys/user/max_user_namespaces', 'w').write('0')\n"
        "from kernel.jail.spawn import spawn\nfrom kernel.jail.spec import JailSpec\n"
        "child = spawn(JailSpec(), 'kernel.jail.arrival', ['L', '/'], name='x', tier='F')\n"
        "sys.exit(child.wait(10))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False, timeout=PATIENCE_S)
    assert done.returncode == NOT_JAILED, done.stderr


def test_the_trial_notices_a_jail_that_is_none(tmp_path: Path) -> None:
    with spawn(
        JailSpec(read=(str(tmp_path),)), "kernel.jail.arrival", ["L", str(tmp_path)], name="x"
    ) as child:
        assert child.wait(PATIENCE_S) == 1
        assert "was listed without a grant" in child.stderr_tail()


@pytest.mark.usefixtures("namespaces")
def test_without_overlays_programs_work_on_a_copy_and_the_doctor_says_so(tmp_path: Path) -> None:
    for name in ("aosh", "lower", "upper", "work", "desk"):
        (tmp_path / name).mkdir()
    doctor = aosh_after(_ON_AN_OVERLAY, tmp_path, "doctor", "--json", "-C", "desk")
    told = json.loads(doctor.stdout)
    assert told["tier"] == "F", doctor.stderr
    assert any("no overlays (fsconfig: Invalid argument)" in each["text"] for each in told["checks"]), told[
        "checks"
    ]
    ran = aosh_after(
        _ON_AN_OVERLAY, tmp_path, "-C", "desk", "--yes", "-p", ':tool.exec argv=["touch","made"]'
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "desk/made").is_file()


@pytest.mark.usefixtures("namespaces")
def test_an_answer_from_before_overlays_were_tried_is_no_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = [each for each in tier.circumstances() if each != "tiers, overlay"]
    kept = {"circumstances": older, "choice": {"tier": "F", "reason": ""}}
    (tmp_path / "jail.json").write_text(json.dumps(kept), encoding="utf-8")
    monkeypatch.setattr(tier, "overlay_refusal", lambda folder: "none are to be had")
    assert choose(tmp_path) == Choice("F", without_overlays="none are to be had")
    assert not choose(tmp_path).has_overlays


def test_where_the_layers_cannot_lie_there_are_no_overlays(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "Not a directory" in tier.overlay_refusal(tmp_path / "file" / "below")
