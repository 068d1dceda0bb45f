"""Weather units, felt temperature and climate: an example of an aosh plugin."""

from aosh_weather.app import weather

__all__ = ["weather"]
