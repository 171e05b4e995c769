"""Who is in which group: adding to groups, removing from them, and what became of each."""
