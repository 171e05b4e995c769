"""Files for spreadsheets. They know no Flask."""
