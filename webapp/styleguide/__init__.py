"""Every component in every state, for whoever works on their looks."""
