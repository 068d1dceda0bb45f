"""How well aosh does what people type: see README.md."""
