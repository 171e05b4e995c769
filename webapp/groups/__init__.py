"""Groups: the list, one group, create, rename and delete."""
