"""Who gets a message that is sent to several groups."""
