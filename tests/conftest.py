"""What every test may rely on: one hypothesis profile, quick and without a deadline on a loaded machine."""

from hypothesis import settings

settings.register_profile("aosh", max_examples=60, deadline=None)
settings.load_profile("aosh")
