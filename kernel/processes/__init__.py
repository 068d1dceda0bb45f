"""The table of agents: who runs, for whom, how each one ended."""
