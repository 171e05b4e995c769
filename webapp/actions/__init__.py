"""Actions: what one submitted form asks for, claimed and recorded before the first call, run once, and reconciled."""
