"""An agent that looks after aosh: see `README.md`."""
