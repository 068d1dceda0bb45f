"""Foreign programs, run once each in a jail of their own."""
