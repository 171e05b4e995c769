"""The page of recorded changes: what was changed, by whom, when, and the outcome."""
