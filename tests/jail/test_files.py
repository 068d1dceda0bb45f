"""Tier L holds a jailed process to the files it was granted."""

import os
from pathlib import Path

import pytest

from kernel.jail.spec import Tier
from tests.jail.world import Try, World

pytestmark = pytest.mark.usefixtures("jail")


@pytest.fixture
def tier() -> Tier:
    """In tier F the same attempts meet nothing at all: see test_namespaces and test_probes."""
    return "L"


REFUSED = {"EACCES", "EPERM", "EXDEV"}


def test_a_secret_outside_the_grant_cannot_be_read(world: World, attempt: Try, unjailed: Try) -> None:
    assert attempt("read", world.secret) == "EACCES"
    assert unjailed("read", world.secret) == "did the secret"


def test_a_granted_file_can_be_read(world: World, attempt: Try) -> None:
    assert attempt("read", f"{world.library}/page") == "did the secret"


def test_a_single_file_can_be_granted_without_its_neighbours(world: World, attempt: Try) -> None:
    assert attempt("read", world.secret, read=(world.secret,)) == "did the secret"
    assert attempt("read", f"{world.outside}/.profile", read=(world.secret,)) == "EACCES"


def test_nothing_can_be_written_outside_the_grant(world: World, attempt: Try, unjailed: Try) -> None:
    assert attempt("write", f"{world.outside}/new") == "EACCES"
    assert attempt("make_directory", f"{world.outside}/new") == "EACCES"
    assert attempt("remove", world.secret) == "EACCES"
    assert unjailed("write", f"{world.outside}/new") == "did 1"


def test_a_dotfile_cannot_be_appended_to(world: World, attempt: Try) -> None:
    assert attempt("write", f"{world.outside}/.profile") == "EACCES"


@pytest.mark.parametrize("change", ["write", "truncate", "open_truncating", "remove"])
def test_what_is_granted_for_reading_cannot_be_changed(change: str, world: World, attempt: Try) -> None:
    assert attempt(change, f"{world.library}/page") == "EACCES"
    assert Path(world.library, "page").read_text(encoding="utf-8") == "the secret"


def test_the_system_cannot_be_written(attempt: Try) -> None:
    assert attempt("write", "/usr/lib/aosh-was-here") == "EACCES"
    assert attempt("write", "/etc/ld.so.cache") == "EACCES"


@pytest.mark.parametrize("way", ["read_through_symlink", "read_through_hard_link"])
def test_a_link_does_not_lead_out(way: str, world: World, attempt: Try, unjailed: Try) -> None:
    assert attempt(way, world.inside, world.secret) in REFUSED
    assert unjailed(way, world.other, world.secret) == "did the secret"


@pytest.mark.parametrize(
    "path", ["{inside}/../outside/secret", "/proc/self/root{secret}", "/proc/self/cwd{secret}"]
)
def test_a_detour_does_not_lead_out(path: str, world: World, attempt: Try, unjailed: Try) -> None:
    path = path.format(inside=world.inside, secret=world.secret)
    assert attempt("read", path) == "EACCES"
    assert attempt("read", path, read=("/proc",)) in {"EACCES", "ENOENT"}


def test_a_symlink_swapped_under_a_reader_does_not_lead_out(
    world: World, attempt: Try, unjailed: Try
) -> None:
    assert attempt("race_a_symlink", world.inside, world.outside) == "did no leak"
    assert unjailed("race_a_symlink", world.other, world.outside) == "did leak"


@pytest.mark.parametrize("way", ["rename", "exchange"])
def test_nothing_is_renamed_across_the_boundary(way: str, world: World, attempt: Try, unjailed: Try) -> None:
    mine = f"{world.inside}/mine"
    assert attempt(way, mine, f"{world.outside}/.profile") in REFUSED
    assert attempt(way, world.secret, mine) in REFUSED
    assert unjailed(way, mine, f"{world.outside}/.profile") == f"did {way}"


def test_a_file_is_renamed_from_one_granted_directory_to_another(world: World, attempt: Try) -> None:
    assert attempt("rename", f"{world.inside}/mine", f"{world.other}/theirs") == "did rename"


def test_no_device_node_is_made_in_a_granted_directory(world: World, attempt: Try) -> None:
    assert attempt("make_device", f"{world.inside}/null") in REFUSED


METADATA = ["chmod", "chown", "utime", "setxattr", "chmod_through_path_descriptor"]


@pytest.mark.parametrize("change", METADATA)
@pytest.mark.parametrize("metadata", [False, True])
def test_no_metadata_changes_outside_the_grant(
    change: str, metadata: bool, world: World, attempt: Try, unjailed: Try
) -> None:
    assert attempt(change, world.secret, metadata=metadata) == "EPERM"
    if change not in {"setxattr", "chmod_through_path_descriptor"}:
        assert unjailed(change, world.secret) == f"did {change}"


@pytest.mark.parametrize("metadata", [False, True])
def test_metadata_changes_through_a_descriptor_only_when_granted(
    metadata: bool, world: World, attempt: Try
) -> None:
    found = attempt("change_metadata_through_descriptor", f"{world.inside}/mine", metadata=metadata)
    assert found == ("did 640 1" if metadata else "EPERM")


def test_metadata_outside_cannot_be_changed_through_a_descriptor(world: World, attempt: Try) -> None:
    assert attempt("change_metadata_through_descriptor", world.secret, metadata=True) == "EACCES"


def test_home_and_the_root_cannot_be_listed(attempt: Try) -> None:
    assert attempt("list_names", os.path.expanduser("~")) == "EACCES"
    assert attempt("list_names", "/") == "EACCES"


def test_known_gap_the_size_of_a_file_outside_is_visible(world: World, attempt: Try) -> None:
    assert attempt("size", world.secret) == "did 10"


def test_known_gap_a_repository_hook_can_be_created_in_a_writable_grant(world: World, attempt: Try) -> None:
    os.makedirs(f"{world.inside}/.git/hooks")
    os.chmod(f"{world.inside}/.git/hooks", 0o777)
    assert attempt("write", f"{world.inside}/.git/hooks/pre-commit") == "did 1"
