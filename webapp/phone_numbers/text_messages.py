"""Whether a phone number can get text messages, by its country's numbering plan.

Most numbers are decided by their country's patterns alone, about fifteen times as fast as by libphonenumber's
functions: a message may go to a hundred thousand people.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache

import phonenumbers
from phonenumbers import PhoneMetadata

from webapp.phone_numbers.numbering_plans import MOBILE_MARKERS
from webapp.phone_numbers.reading import check_number

MAX_CACHED = 20_000
"""Numbers whose slow check is cached. About 3 MB."""


class Texts(StrEnum):
    """Whether a number gets text messages."""

    YES = "yes"
    """As far as its numbering plan tells."""
    PROBABLY_NOT = "probably not"
    """It is a fixed line."""
    NO = "no"
    """There can't be such a number."""


@dataclass(frozen=True)
class _Plan:
    """The numbers of one country code, without the code."""

    mobile: re.Pattern[str]
    fixed: re.Pattern[str]
    lengths: frozenset[int]
    may_be_miswritten: re.Pattern[str]
    """Matches the beginning of numbers that need the slow check, such as a trunk prefix."""


def gets_texts(number: str) -> Texts:
    """Say whether a number gets text messages.

    Args:
        number: as the phonebook has it, possibly invalid.

    """
    if found := _find_plan(number[1:4]):
        plan, end = found
        national = number[end:]
        if plan.mobile.fullmatch(national):
            return Texts.YES
        if plan.fixed.fullmatch(national):
            return Texts.PROBABLY_NOT
        if not plan.may_be_miswritten.match(national) and national.isascii() and national.isdigit():
            return Texts.YES if len(national) in plan.lengths else Texts.NO
    return _by_check(number)


@lru_cache(MAX_CACHED)
def _by_check(number: str) -> Texts:
    return Texts.NO if check_number(number) else Texts.YES


@lru_cache(MAX_CACHED)
def _find_plan(start: str) -> tuple[_Plan, int] | None:
    """Return the patterns for numbers whose first three digits these are, and where the national number begins."""
    return next(((plan, 1 + end) for end in (1, 2, 3) if (plan := _plan(start[:end]))), None)


@cache
def _plan(code: str) -> _Plan | None:
    """Return the patterns of a country code; None if there is none."""
    if not (code.isascii() and code.isdigit()) or code.startswith("0"):
        return None
    regions = phonenumbers.region_codes_for_country_code(int(code))
    plans = [data for region in regions if (data := PhoneMetadata.metadata_for_region(region))]
    if not plans:
        return None
    miswritten = [r""] if int(code) in MOBILE_MARKERS else [data.national_prefix_for_parsing for data in plans]
    return _Plan(
        _pattern(data.mobile.national_number_pattern for data in plans if data.mobile),
        _pattern(data.fixed_line.national_number_pattern for data in plans if data.fixed_line),
        frozenset(plans[0].general_desc.possible_length if plans[0].general_desc else ()),
        _pattern(miswritten),
    )


def _pattern(patterns: Iterable[str | None]) -> re.Pattern[str]:
    """Compile a pattern that matches what any of the given ones matches."""
    return re.compile("|".join(f"(?:{each})" for each in patterns if each is not None) or r"(?!)")
