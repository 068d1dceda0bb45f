"""Reading requests by rule: spans, clauses, names, and which call they mean. No model, a few milliseconds."""
