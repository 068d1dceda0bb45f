"""The commands beside a request: `aosh undo`, `aosh doctor` ..., and `/undo`, `/help` ... at the prompt."""
