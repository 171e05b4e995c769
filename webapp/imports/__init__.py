"""Import contacts from spreadsheets."""
