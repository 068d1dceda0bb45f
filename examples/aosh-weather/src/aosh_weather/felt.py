"""How warm air feels: wind chill in the cold, heat index in the heat."""

from math import sqrt

WIND_CHILL_BELOW_C = 10.0
WIND_CHILL_FROM_KMH = 4.8
HEAT_INDEX_FROM_C = 80 / 1.8 - 32 / 1.8


def wind_chill_c(air_c: float, wind_kmh: float) -> float:
    """Felt temperature in wind, for air at most 10 degrees and wind of at least 4.8 km/h.

    Source: R. Osczevski, M. Bluestein, "The new wind chill equivalent temperature chart", Bulletin of
    the American Meteorological Society 86 (2005) 1453-1458.
    """
    wind: float = wind_kmh**0.16
    return 13.12 + 0.6215 * air_c - 11.37 * wind + 0.3965 * air_c * wind


def heat_index_c(air_c: float, humidity: float) -> float:
    """Felt temperature in damp heat, for air of at least 26.7 degrees (80 F).

    Args:
        air_c: of the air in the shade, degrees Celsius.
        humidity: relative, 0 to 100.

    Source: L. P. Rothfusz, "The heat index equation", NWS Technical Attachment SR 90-23 (1990), with the
    adjustments for dry and damp air of the National Weather Service.
    """
    t, r = air_c * 1.8 + 32, humidity
    simple = 0.5 * (t + 61.0 + (t - 68.0) * 1.2 + r * 0.094)
    if (simple + t) / 2 < 80:
        return (simple - 32) / 1.8
    felt = (
        -42.379 + 2.04901523 * t + 10.14333127 * r - 0.22475541 * t * r - 6.83783e-3 * t * t
        - 5.481717e-2 * r * r + 1.22874e-3 * t * t * r + 8.5282e-4 * t * r * r - 1.99e-6 * t * t * r * r
    )  # fmt: skip
    if r < 13 and 80 <= t <= 112:
        felt -= (13 - r) / 4 * sqrt((17 - abs(t - 95)) / 17)
    elif r > 85 and 80 <= t <= 87:
        felt += (r - 85) / 10 * (87 - t) / 5
    return (felt - 32) / 1.8
