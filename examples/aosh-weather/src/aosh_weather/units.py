"""Converting weather quantities between units."""

from syscalls.errors import BadArgument

_TEMPERATURE = {"C": (1.0, 0.0), "F": (5 / 9, -160 / 9), "K": (1.0, -273.15)}
"""Unit -> (factor, offset) to degrees Celsius."""
_ABSOLUTE_ZERO_C = -273.15
_SCALES = {
    "speed": {"km/h": 1 / 3.6, "m/s": 1.0, "mph": 0.44704, "kn": 1852 / 3600},
    "pressure": {"hPa": 1.0, "inHg": 33.863886667},
    "rain": {"mm": 1.0, "in": 25.4},
}
"""Quantity -> unit -> factor to the first of its kind in the International System."""
_SPOKEN = {
    "celsius": "C", "centigrade": "C", "°c": "C", "fahrenheit": "F", "°f": "F", "kelvin": "K",
    "kmh": "km/h", "kph": "km/h", "kilometers per hour": "km/h", "kilometres per hour": "km/h",
    "meters per second": "m/s", "metres per second": "m/s", "miles per hour": "mph",
    "knots": "kn", "knot": "kn", "kt": "kn", "kts": "kn",
    "hectopascal": "hPa", "hectopascals": "hPa", "mbar": "hPa", "millibar": "hPa", "millibars": "hPa",
    "inches of mercury": "inHg", "millimeters": "mm", "millimetres": "mm", "inch": "in", "inches": "in",
}  # fmt: skip
"""Words for units, in lower case."""
UNITS = (*_TEMPERATURE, *(unit for scale in _SCALES.values() for unit in scale))


def unit_of(word: str) -> str:
    """The unit a word or sign means.

    Raises:
        BadArgument: none; the text lists all units.
    """
    plain = " ".join(word.lower().removeprefix("degrees ").split())
    for unit in UNITS:
        if plain == unit.lower():
            return unit
    if plain in _SPOKEN:
        return _SPOKEN[plain]
    raise BadArgument(f"unknown unit {word!r}; known are {', '.join(UNITS)}")


def convert(value: float, unit: str, to: str) -> float:
    """`value` in `unit`, expressed in `to`; both as `unit_of` gives them.

    Raises:
        BadArgument: they measure different things, or the temperature is below absolute zero.
    """
    if unit in _TEMPERATURE and to in _TEMPERATURE:
        factor, offset = _TEMPERATURE[unit]
        celsius = value * factor + offset
        if celsius < _ABSOLUTE_ZERO_C - 1e-9:
            raise BadArgument(f"{value:g} {unit} lies below absolute zero (-273.15 C)")
        factor, offset = _TEMPERATURE[to]
        return (celsius - offset) / factor
    for quantity, scale in _SCALES.items():
        if unit in scale:
            if to not in scale:
                raise BadArgument(f"{unit} is a unit of {quantity} and {to!r} is not; try {', '.join(scale)}")
            return value * scale[unit] / scale[to]
    raise BadArgument(f"{unit} is a unit of temperature and {to!r} is not; try {', '.join(_TEMPERATURE)}")
