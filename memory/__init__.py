"""Long-term store and recall: what outlives a session besides the journal."""
