"""The encoding of a text without a byte order mark can't be known for certain: how it reads in each possible one."""

import codecs
import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

UTF_8 = "utf-8"

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, UTF_8),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

NAMES = {
    "cp1252": "Western European: Estonian, Finnish, German and others",
    "cp1257": "Baltic: Estonian, Latvian, Lithuanian",
    "cp1251": "Cyrillic: Russian, Ukrainian and others",
    "cp1250": "Central European: Polish, Czech, Hungarian and others",
    "cp1253": "Greek",
    "cp1254": "Turkish",
    "cp1255": "Hebrew",
    "cp1256": "Arabic",
    "cp1258": "Vietnamese",
    "cp775": "Baltic (MS-DOS)",
    "cp850": "Western European (MS-DOS)",
    "cp852": "Central European (MS-DOS)",
    "cp866": "Cyrillic (MS-DOS)",
    "koi8_u": "Cyrillic (KOI8, Unix)",
    "mac_roman": "Western European (old Macs)",
    "mac_latin2": "Central European and Baltic (old Macs)",
    "mac_cyrillic": "Cyrillic (old Macs)",
    UTF_8: "Unicode, with damaged letters",
}
"""The encodings that are offered, with the languages that they are for: the most usual ones first."""

_REGIONS = {
    "cp1257": "EE LV LT",
    "cp1251": "RU BY UA BG MK KZ KG UZ TJ TM MN AM GE MD RS",
    "cp1250": "PL CZ SK HU SI HR RO BA ME AL",
    "cp1253": "GR CY",
    "cp1254": "TR AZ",
    "cp1255": "IL",
    "cp1256": "AE BH DZ EG IQ IR JO KW LB LY MA OM PK PS QA SA SD SY TN YE",
    "cp1258": "VN",
}
_CODE_PAGES = {region: page for page, regions in _REGIONS.items() for region in regions.split()}
"""The code page in which Windows saves CSV, by the country it is set to; cp1252 elsewhere."""

MAX_READINGS = 6
MAX_DAMAGED = 0.1
"""The highest share of damaged letters with which a text may still be UTF-8."""
_MAX_JUDGED_BYTES = 20_000

_USUAL_SYMBOLS = "\u00a0«»‘’‚“”„–—…№°€´"
_ASCII = bytes(range(128))
_HIGH_LINE = re.compile(rb"[^\r\n]*[\x80-\xff][^\r\n]*")


class Encoding(NamedTuple):
    """The encoding of a text."""

    possible: list[str]
    """The most likely one first."""
    is_certain: bool = True
    mark: int = 0
    """The length of the byte order mark."""


def detect(data: bytes, region: str) -> Encoding:
    """Return a text's possible encodings.

    A byte order mark tells, zero bytes give UTF-16 away, and what isn't UTF-8 is hardly ever valid UTF-8 by chance.
    """
    mark, marked = next(((mark, name) for mark, name in _BYTE_ORDER_MARKS if data.startswith(mark)), (b"", ""))
    if marked and marked != UTF_8:
        return Encoding([marked], mark=len(mark))
    if wide := _utf_16(data):
        return Encoding([wide])
    if is_valid(data, UTF_8):
        return Encoding([UTF_8], mark=len(mark))
    return Encoding(_rank(data, region, first=marked), is_certain=False, mark=len(mark))


def is_valid(data: bytes, encoding: str) -> bool:
    """Whether a text has only bytes that exist in an encoding."""
    try:
        codecs.decode(data, encoding)
    except UnicodeDecodeError:
        return False
    return True


def _utf_16(data: bytes) -> str | None:
    """Return the kind of UTF-16 without a byte order mark; None for other text.

    ASCII, such as digits and line ends, has a zero as every second byte in it.
    """
    sample = data[: 64 * 1024]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    zeros, name = max((even, "utf-16-be"), (odd, "utf-16-le"))
    is_wide = len(data) % 2 == 0 and zeros > len(sample) // 12 and zeros > 5 * min(even, odd)
    return name if is_wide else None


def _rank(data: bytes, region: str, first: str) -> list[str]:
    """Return the code pages that a text can be in, one for each reading, by how likely it looks."""
    own = _CODE_PAGES.get(region, "cp1252")
    usual = [own, *(page for page in NAMES if page not in {own, UTF_8})]
    high = data.translate(None, _ASCII)
    used = bytes(set(high))
    judged = b"\n".join(_HIGH_LINE.findall(data[: 50 * _MAX_JUDGED_BYTES]))[:_MAX_JUDGED_BYTES]
    readings: dict[str, str] = {}
    for page in usual:
        if is_valid(used, page):
            readings.setdefault(used.decode(page), page)
    oddities = {page: _oddity(judged.decode(page)) for page in readings.values()}
    most = 1.5 * min(oddities.values()) + 3
    pages = sorted(
        (page for page in oddities if oddities[page] <= most), key=lambda page: page != own and 1 + oddities[page]
    )
    pages = [*pages[:MAX_READINGS], *(page for page in (own,) if page in oddities and page not in pages)]
    damaged = data.decode(UTF_8, "replace").count("\ufffd") / len(high)
    if first or damaged <= MAX_DAMAGED:
        pages.insert(0, UTF_8)
    return pages


def _oddity(text: str) -> int:
    """Return how little a text looks like words, by neighbours that hardly ever meet in words."""
    return sum(
        _oddity_between(before, character, after)
        for before, character, after in zip(f" {text}", text, f"{text[1:]} ", strict=False)
        if not character.isascii()
    )


@lru_cache(10_000)
def _oddity_between(before: str, character: str, after: str) -> int:
    if not character.isalpha():
        return 3 * (before.isalpha() and after.isalpha()) + (character not in _USUAL_SYMBOLS)
    if before.islower() and character.isupper():
        return 3
    scripts = {_script(letter) for letter in (before, character, after) if letter.isalpha()}
    return 3 if len(scripts) > 1 else int(scripts == {"LATIN"} and before.isalpha() and not before.isascii())


@lru_cache(10_000)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "other").split()[0]
