"""Three small jailed apps for attacks: a bank account, a team chat with the web, an office desk. They keep all in memory."""
