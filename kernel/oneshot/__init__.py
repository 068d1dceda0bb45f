"""Running one program in a jail, once."""
