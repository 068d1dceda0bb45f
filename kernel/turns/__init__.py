"""Turn scheduling of agents on one engine."""
