"""Actions: what one submitted form asks for. Each is recorded before its first call, run once and reconciled."""
