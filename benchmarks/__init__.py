"""How fast aosh is, next to a yardstick measured in the same run."""
