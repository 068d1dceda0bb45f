"""Jobs that happen later: a durable store, a clock that wakes for the next one, and who may run it."""
