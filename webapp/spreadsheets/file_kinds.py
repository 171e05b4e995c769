"""What kind of file it is, judged by its first bytes and by what is in it."""

import re

from webapp.spreadsheets.table import UnreadableFile
from webapp.spreadsheets.zip_check import check_zip

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""The beginning of Microsoft's older files."""

_SAVE = "Open it in a spreadsheet program and save it as .xlsx."
_CHOOSE = "Choose an .xlsx, .xls, .ods or .csv file."
_KINDS = (
    (re.compile(rb"%PDF"), "a PDF document", "Ask for the list as a spreadsheet."),
    (re.compile(rb"\x89PNG|\xff\xd8\xff|GIF8[79]a|RIFF.{4}WEBP|II\*\0|MM\0\*", re.DOTALL), "a picture", _CHOOSE),
    (re.compile(rb"\{\\rtf"), "a text document", "Copy the list from it and paste it."),
    (re.compile(rb"\x1f\x8b|Rar!\x1a|7z\xbc\xaf"), "a packed file", "Unpack it first."),
    (re.compile(rb"BEGIN:VCARD", re.IGNORECASE), "a vCard file", "Save the contacts as CSV."),
    (
        re.compile(rb"\s*<(?:\?xml|!doctype|html|head|body|table|meta|style|svg)\b", re.IGNORECASE),
        "a web page or an XML file",
        _SAVE,
    ),
)


def is_workbook(data: bytes) -> bool:
    """Whether it is a workbook; False for text.

    Raises:
        UnreadableFile: if it is neither, or unpacks to too much.

    """
    if data.startswith(b"PK\x03\x04"):
        _check_packed(check_zip(data))
        return True
    if data.startswith(OLE):
        _check_ole(data)
        return True
    start = data[:100].removeprefix(b"\xef\xbb\xbf")
    for pattern, kind, advice in _KINDS:
        if pattern.match(start):
            raise not_a_table(kind, advice)
    return False


def not_a_table(kind: str, advice: str = _CHOOSE) -> UnreadableFile:
    """Return the error for a file of another kind."""
    return UnreadableFile("not_a_table", f"The file is {kind}. {advice}")


def _check_packed(names: set[str]) -> None:
    if "xl/workbook.xml" in names or {"content.xml", "mimetype"} <= names:
        return
    if "xl/workbook.bin" in names:
        raise not_a_table("a binary workbook (.xlsb)", _SAVE)
    if "word/document.xml" in names:
        raise not_a_table("a Word document", "Copy the list from it and paste it.")
    if any(name.endswith(".iwa") for name in names):
        raise not_a_table("a file of Apple's Numbers", "Export it for Excel.")
    raise not_a_table("a packed file", "Unpack it first.")


def _check_ole(data: bytes) -> None:
    """Tell by the names of its streams what a file of Microsoft's is."""
    if "EncryptedPackage".encode("utf-16-le") in data:
        raise encrypted()
    if not any(name.encode("utf-16-le") in data for name in ("Workbook\0", "Book\0")):
        raise not_a_table("no workbook")


def encrypted() -> UnreadableFile:
    """Return the error for a file with a password."""
    return UnreadableFile("encrypted", "The file is protected with a password. Save a copy without one.")
