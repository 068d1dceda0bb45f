"""The example plugin: right figures, typed refusals, and a manifest good enough to run it by."""

import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from syscalls import wire
from syscalls.errors import SysError, from_wire
from tests.apps.client import ROOT, Driver, driver

UNKNOWN = "unknown unit 'parsec'; known are C, F, K, km/h, m/s, mph, kn, hPa, inHg, mm, in"
SOURCE = ROOT / "examples/aosh-weather/src"


@pytest.fixture(scope="module")
def running() -> Iterator[Driver]:
    with driver("aosh_weather:weather", Path("/"), path=SOURCE) as started:
        yield started


def ask(running: Driver, name: str, **arguments: Any) -> Any:
    """The plain value, as the kernel sees it: without the plugin's code."""
    answer = running.ask(wire.Call(1, f"weather.{name}", arguments))
    if isinstance(answer, wire.Fail):
        raise from_wire(answer.error)
    assert isinstance(answer, wire.Ok)
    return msgspec.msgpack.decode(answer.value)


@pytest.mark.parametrize(
    ("value", "unit", "to", "result"),
    [
        (25, "C", "F", 77.0),
        (-40, "fahrenheit", "celsius", -40.0),
        (0, "degrees Celsius", "K", 273.15),
        (100, "km/h", "m/s", 27.7778),
        (60, "mph", "km/h", 96.5606),
        (20, "knots", "km/h", 37.04),
        (29.92, "inHg", "hPa", 1013.21),
        (1, "inch", "mm", 25.4),
    ],
)
def test_units(running: Driver, value: float, unit: str, to: str, result: float) -> None:
    assert ask(running, "convert", value=value, unit=unit, to=to)["value"] == pytest.approx(result, rel=1e-4)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"value": 1, "unit": "parsec", "to": "F"}, UNKNOWN),
        ({"value": 1, "unit": "C", "to": "mm"}, "C is a unit of temperature and 'mm' is not; try C, F, K"),
        ({"value": 1, "unit": "mm", "to": "kn"}, "mm is a unit of rain and 'kn' is not; try mm, in"),
        ({"value": -300, "unit": "C", "to": "K"}, "-300 C lies below absolute zero (-273.15 C)"),
    ],
)
def test_units_that_do_not_fit_are_refused(running: Driver, arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(SysError) as caught:
        ask(running, "convert", **arguments)
    assert str(caught.value) == text and caught.value.symbol == "EINVAL"


def test_felt_temperature_agrees_with_the_published_tables(running: Driver) -> None:
    chill = ask(running, "feels_like", temperature=-10, wind=30)
    assert (round(chill["value"]), chill["by"]) == (-20, "wind chill")
    heat = ask(running, "feels_like", temperature=90, unit="F", humidity=70)
    assert (round(heat["value"]), heat["by"]) == (106, "heat index")
    dry = ask(running, "feels_like", temperature=100, unit="F", humidity=10)
    assert round(dry["value"]) == 94
    assert ask(running, "feels_like", temperature=15, wind=50)["by"] == "air"


def test_climate(running: Driver) -> None:
    year = ask(running, "climate", city="tokyo")
    assert len(year["months"]) == 12 and year["city"] == "Tokyo"
    july = ask(running, "climate", city="Mumbai", month="jul")
    assert july["months"] == [{"month": "July", "mean_c": 28, "rain_mm": 800}]
    with pytest.raises(SysError, match="known are London"):
        ask(running, "climate", city="Londn")
    with pytest.raises(SysError, match="unknown month"):
        ask(running, "climate", city="Paris", month="Brumaire")


def test_the_manifest_describes_three_calls_with_hints(running: Driver) -> None:
    answer = running.ask(wire.Describe(1))
    assert isinstance(answer, wire.Described)
    calls = answer.manifest["calls"]
    assert [call["name"] for call in calls] == ["weather.convert", "weather.feels_like", "weather.climate"]
    assert all(call["hints"][0]["examples"] and call["summary"] for call in calls)
    assert all(call["effect"] == "none" and call["rights"] == [] for call in calls)


def test_the_package_names_its_entry_point() -> None:
    project = tomllib.loads((SOURCE.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["entry-points"]["aosh.apps"] == {"weather": "aosh_weather:weather"}
    assert str(SOURCE) not in sys.path
