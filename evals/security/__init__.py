"""Does what nobody granted stay undone, even where the mind obeys the attacker? Measured, and judged by what is left."""
