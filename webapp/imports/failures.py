"""What the import's pages say when something has gone wrong."""

from webapp.spreadsheets.table import MAX_BYTES
from webapp.web.failures import Failure

UNCHANGED = "Nothing was imported."
TOO_LARGE = f"This file is larger than {MAX_BYTES // 1024 // 1024} MB. Split it into smaller files"
GONE = Failure(
    "This import is not here any more",
    "A file is deleted a day after it was uploaded, or earlier if many newer ones are waiting. Import it again.",
    404,
)
NOT_SAVED = Failure(
    "We could not save this file", "Nothing was imported. Try again in a minute, with the same file.", 503
)
NOT_READ = Failure("We could not read or save this import", f"{UNCHANGED} Try again in a minute.", 503)
