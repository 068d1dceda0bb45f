"""Words for time: pure functions over the user's own clock and zone."""
