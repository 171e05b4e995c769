"""The style guide: every component in every state, for working on the design."""
