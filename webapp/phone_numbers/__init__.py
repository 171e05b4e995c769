"""Phone numbers as people write them, and what the numbering plans say of them. Knows no Flask."""
