"""Which installed packages are plugins: found by entry point, and as `importlib.metadata` would."""

from importlib import metadata
from pathlib import Path

import pytest

from kernel.plugins import GROUP, discover


def installed(folder: Path, name: str, version: str, points: str) -> None:
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir(parents=True)
    info.joinpath("METADATA").write_text(f"Name: {name}\nVersion: {version}\n", encoding="utf-8")
    info.joinpath("entry_points.txt").write_text(points, encoding="utf-8")


def test_the_packages_with_our_entry_points_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path, "Some-Tides", "1.2", f"[{GROUP}]\ntides = some_tides.app:tides\n")
    installed(tmp_path, "other", "3", "[console_scripts]\nother = other:main\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    found = {each.name: each for each in discover()}
    assert set(found) == {point.name for point in metadata.entry_points(group=GROUP)}
    tides = found["tides"]
    assert (tides.package, tides.version) == ("Some-Tides", "1.2")
    assert tides.program.reference == "some_tides.app:tides"
    assert tides.program.imports == (str(tmp_path),)


def test_of_two_packages_with_one_name_the_first_on_the_path_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(tmp_path / "old", "some-tides", "1", f"[{GROUP}]\nold-tides = some_tides.app:tides\n")
    installed(tmp_path / "new", "Some.Tides", "2", "[console_scripts]\ntides = some_tides:main\n")
    monkeypatch.syspath_prepend(str(tmp_path / "old"))
    monkeypatch.syspath_prepend(str(tmp_path / "new"))
    assert "old-tides" not in {each.name for each in discover()}
    assert "old-tides" not in {point.name for point in metadata.entry_points(group=GROUP)}
