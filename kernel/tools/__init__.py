"""Running programs: `tool.exec` as an effect that can be seen before it lands, and undone."""
