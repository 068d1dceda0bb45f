"""Rules that people write: what they say, where they stand, how they are matched and explained."""
