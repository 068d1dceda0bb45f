"""The plugin's calls: what they take, what they give, how people ask for them."""

from difflib import get_close_matches
from typing import Annotated, Literal

from msgspec import Meta

from aosh_weather.felt import (
    HEAT_INDEX_FROM_C,
    WIND_CHILL_BELOW_C,
    WIND_CHILL_FROM_KMH,
    heat_index_c,
    wind_chill_c,
)
from aosh_weather.normals import NORMALS
from aosh_weather.units import convert as converted
from aosh_weather.units import unit_of
from apps.sdk import App
from syscalls.declare import Args, Effect, Example, Hint, Value
from syscalls.errors import BadArgument, NotFound

weather = App("weather", "Weather units, felt temperature and climate")

Word = Annotated[str, Meta(min_length=1, max_length=40)]
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


class Convert(Args, frozen=True):
    """A quantity and the unit wanted."""

    value: float
    unit: Word
    """C, F, K; km/h, m/s, mph, kn; hPa, inHg; mm, in; or their names."""
    to: Word


class Converted(Value, frozen=True):
    """The quantity in the unit wanted."""

    value: float
    unit: str

    def text(self) -> str:
        """Number and unit."""
        return f"{self.value:.6g} {self.unit}\n"


@weather.call(
    1,
    effect=Effect.NONE,
    raises=(BadArgument,),
    hints=(
        Hint(
            tool="convert_weather_unit",
            says="Convert temperature, wind speed, air pressure or rain to another unit.",
            slots={"value": "number", "unit": "unit it is in", "to": "unit wanted"},
            needs=("value", "unit", "to"),
            triggers=("celsius", "fahrenheit", "kelvin", "knots", "mph", "hPa", "degrees", "wind speed"),
            examples=(
                Example("what is 25 C in fahrenheit", {"value": "25", "unit": "C", "to": "fahrenheit"}),
                Example("convert 20 knots to km/h", {"value": "20", "unit": "knots", "to": "km/h"}),
                Example("how many inches are 30 mm of rain", {"value": "30", "unit": "mm", "to": "inches"}),
                Example("1013 hPa in inHg", {"value": "1013", "unit": "hPa", "to": "inHg"}),
            ),
        ),
    ),
)  # fmt: skip
def convert(a: Convert) -> Converted:
    """A weather quantity in another unit."""
    unit, to = unit_of(a.unit), unit_of(a.to)
    return Converted(converted(a.value, unit, to), to)


class FeelsLike(Args, frozen=True):
    """The weather outside."""

    temperature: float
    unit: Word = "C"
    """Of `temperature` and of the answer: C, F or K."""
    wind: Annotated[float, Meta(ge=0, le=500)] = 0.0
    wind_unit: Word = "km/h"
    humidity: Annotated[float, Meta(ge=0, le=100)] | None = None
    """Relative, in per cent."""


class Felt(Value, frozen=True):
    """What the air feels like."""

    value: float
    unit: str
    by: Literal["wind chill", "heat index", "air"]
    """Which formula applies; "air": neither, it feels as it is."""

    def text(self) -> str:
        """Number, unit and formula."""
        return f"{self.value:.1f} {self.unit} ({self.by})\n"


@weather.call(
    2,
    effect=Effect.NONE,
    raises=(BadArgument,),
    hints=(
        Hint(
            tool="feels_like",
            says="Tell how warm the air feels with wind or humidity.",
            slots={"temperature": "degrees", "unit": "C or F", "wind": "wind speed", "humidity": "per cent"},
            needs=("temperature",),
            triggers=("feels like", "wind chill", "heat index", "felt temperature"),
            examples=(
                Example("how cold does -5 feel with 30 km/h wind", {"temperature": "-5", "wind": "30"}),
                Example("35 C at 60% feels like", {"temperature": "35", "unit": "C", "humidity": "60"}),
                Example("wind chill at 0 C and 20 km/h", {"temperature": "0", "unit": "C", "wind": "20"}),
            ),
        ),
    ),
)  # fmt: skip
def feels_like(a: FeelsLike) -> Felt:
    """How warm the air feels: wind chill up to 10 C, heat index from 26.7 C, else the air itself."""
    unit = unit_of(a.unit)
    air, wind = converted(a.temperature, unit, "C"), converted(a.wind, unit_of(a.wind_unit), "km/h")
    if air <= WIND_CHILL_BELOW_C and wind >= WIND_CHILL_FROM_KMH:
        return Felt(converted(wind_chill_c(air, wind), "C", unit), unit, "wind chill")
    if air >= HEAT_INDEX_FROM_C and a.humidity is not None:
        return Felt(converted(heat_index_c(air, a.humidity), "C", unit), unit, "heat index")
    return Felt(a.temperature, unit, "air")


class ClimateOf(Args, frozen=True):
    """Which city, which month."""

    city: Word
    month: Word | None = None
    """A month's name or number; the whole year when absent."""


class Month(Value, frozen=True):
    """One month of a usual year."""

    month: str
    mean_c: float
    rain_mm: int


class Climate(Value, frozen=True):
    """A usual year, or one month of it."""

    city: str
    months: tuple[Month, ...]

    def text(self) -> str:
        """One line a month."""
        return "".join(f"{self.city} {m.month}: {m.mean_c:g} C, {m.rain_mm} mm rain\n" for m in self.months)


@weather.call(
    3,
    effect=Effect.NONE,
    raises=(BadArgument, NotFound),
    hints=(
        Hint(
            tool="city_climate",
            says="Show the usual temperature and rain of a city by month.",
            slots={"city": "city", "month": "month"},
            needs=("city",),
            triggers=("climate", "usual weather", "how warm is it in", "average temperature", "rainy"),
            examples=(
                Example("how warm is Tokyo in May", {"city": "Tokyo", "month": "May"}),
                Example("show the climate of London", {"city": "London"}),
                Example("how much does it rain in Mumbai in July", {"city": "Mumbai", "month": "July"}),
            ),
        ),
    ),
)  # fmt: skip
def climate(a: ClimateOf) -> Climate:
    """Usual temperature and rain of a dozen cities, by month."""
    city = _city(a.city)
    normals = NORMALS[city]
    wanted = range(12) if a.month is None else [_month(a.month)]
    return Climate(city, tuple(Month(MONTHS[i], normals.mean_c[i], normals.rain_mm[i]) for i in wanted))


def _city(name: str) -> str:
    known = {city.lower(): city for city in NORMALS}
    plain = name.lower().replace("ã", "a").strip()
    if plain in known:
        return known[plain]
    close = [known[each] for each in get_close_matches(plain, known, n=3)]
    raise NotFound(f"no climate of {name!r}; known are {', '.join(close or NORMALS)}")


def _month(name: str) -> int:
    plain = name.strip().lower()
    if plain.isdigit() and 1 <= int(plain) <= 12:
        return int(plain) - 1
    for index, month in enumerate(MONTHS):
        if len(plain) >= 3 and month.lower().startswith(plain.rstrip(".")):
            return index
    raise BadArgument(f"unknown month {name!r}; give a name such as {MONTHS[4]!r} or 1 to 12")
