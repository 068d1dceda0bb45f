"""The files driver in its real jail: all of its work with nothing granted but its roots and its store."""

import json
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.jail.landlock import abi
from kernel.jail.spawn import spawn
from kernel.jail.spec import JailSpec
from syscalls import file
from syscalls.errors import NotPermitted
from tests.apps.client import Desk, Driver, cases, seen
from tests.apps.test_files_undo_property import furnish


@pytest.fixture(scope="module")
def jailed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A driver as the kernel starts it."""
    try:
        abi()
    except OSError:
        pytest.skip("no Landlock on this system")
    ws, store = tmp_path_factory.mktemp("ws"), tmp_path_factory.mktemp("store")
    ours, theirs = socket.socketpair()
    ours.settimeout(20)
    settings = {
        "app": "apps.files.app:files", "channel": theirs.fileno(), "home": str(ws), "store": str(store),
        "roots": [{"path": str(ws), "write": True}],
    }  # fmt: skip
    spec = JailSpec(write=(str(ws), str(store)), metadata=True)
    child = spawn(spec, "apps.serve", [json.dumps(settings)], name="aosh-file", pass_fds=(theirs.fileno(),))
    theirs.close()
    try:
        yield Desk(Driver(ours, child), ws, store)
    finally:
        ours.close()
        assert child.wait(timeout=20) == 0, child.stderr_tail()


def test_every_effect_and_its_undo_work_in_the_jail(jailed: Desk) -> None:
    desk = jailed.fresh()
    furnish(desk.at)
    start = seen(desk.at)
    done = []
    for call, arguments in cases(
        (file.write, {"path": "new/x", "content": "x"}),
        (file.write, {"path": "a", "content": "x\n"}),
        (file.append, {"path": "a", "content": "y"}),
        (file.edit, {"paths": ["a"], "old": "x", "new": "z"}),
        (file.mkdir, {"paths": ["p/q"]}),
        (file.copy, {"paths": ["d"], "to": "copy"}),
        (file.copy, {"paths": ["b"], "to": "a", "overwrite": True}),
        (file.mode, {"paths": ["d"], "mode": "go-rwx", "recursive": True}),
        (file.move, {"paths": ["d"], "to": "p/q"}),
        (file.delete, {"paths": ["p", "l", "empty"]}),
    ):
        desk(call, **arguments)
        done.append(desk.driver.undo)
    for undo in reversed(done):
        desk.undo(undo)
    assert seen(desk.at) == start


def test_every_look_works_in_the_jail(jailed: Desk) -> None:
    desk = jailed.fresh()
    furnish(desk.at)
    for call, arguments in cases(
        (file.read, {"path": "a"}), (file.head, {"path": "a"}), (file.tail, {"path": "a"}),
        (file.sort, {"path": "a"}), (file.list_, {"path": "."}), (file.tree, {"path": "."}),
        (file.find, {"path": ".", "owner": "root"}), (file.search, {"path": ".", "pattern": "o+"}),
        (file.stat, {"paths": ["*"]}), (file.count, {"paths": ["."]}), (file.usage, {"paths": ["."]}),
        (file.hash_, {"paths": ["a"]}), (file.diff, {"left": "a", "right": "d/a"}),
    ):  # fmt: skip
        assert desk(call, **arguments).text() is not None, call.name


def test_links_out_of_the_jail_stay_closed(jailed: Desk, tmp_path: Path) -> None:
    desk = jailed.fresh()
    (tmp_path / "secret").write_text("secret")
    (desk.at / "out").symlink_to(tmp_path / "secret")
    with pytest.raises(NotPermitted, match="leads outside"):
        desk(file.read, path="out")
