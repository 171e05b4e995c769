"""Validation of phone numbers by the countries' numbering plans, from Google's libphonenumber."""

import re
from functools import cache, lru_cache
from importlib import resources

import phonenumbers
from phonenumbers import NumberParseException, PhoneMetadata, PhoneNumber, PhoneNumberFormat, ValidationResult

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
"""A number in E.164 format, as the phonebook has it. Every `number` in this module is in this format."""

MAX_CACHED = 10_000
"""Numbers whose groups are cached. About 2 MB."""

_GROUPS = re.compile(r"\+?[0-9]+(?: [0-9]+)*")

ELSEWHERE = "write it with + and the country code"

# Regions whose names take an article: "in the Netherlands".
_NAMES_WITH_ARTICLE = "AE AX BS BV CC CD CF CG CK CZ DO FK FO GM IM IO KM KY MH MP MV NL PH SB SC TC TF US VG VI WF"

MOBILE_MARKERS = {
    52: (re.compile(r"(?:1|01|044|045)([0-9]{10})"), r"\1"),  # Mexico abolished them in 2019
    54: (re.compile(r"9([0-9]{2,4})15([0-9]{6,8})"), r"9\1\2"),  # Argentina: either 9 or 15
    55: (re.compile(r"([0-9]{2})([6-9][0-9]{7})"), r"\g<1>9\2"),  # Brazil put 9 before mobile numbers by 2016
    229: (re.compile(r"([0-9]{8})"), r"01\1"),  # Benin put 01 before all numbers in 2024
}
"""By country code: a pattern of numbers with an outdated mobile prefix, which people still write, and today's form."""


def is_region(code: str) -> bool:
    """Whether libphonenumber has a numbering plan for a two-letter region code."""
    return code in phonenumbers.SUPPORTED_REGIONS


def region_choices() -> list[tuple[str, str]]:
    """Return all regions for a user to choose from, by name: ("EE", "Estonia (+372)")."""
    named = [(name, code) for code, name in _countries().items() if is_region(code)]
    return [(code, f"{name} (+{phonenumbers.country_code_for_region(code)})") for name, code in sorted(named)]


def exists(number: str) -> bool:
    """Whether a number is valid in its country's numbering plan."""
    parsed = _split(number)
    return parsed is not None and phonenumbers.is_valid_number(parsed)


def most_likely(numbers: list[str]) -> str:
    """Choose the best of several interpretations of one number.

    That is the first valid one, also if it is valid only without its trunk prefix; otherwise the first possible one, or
    the last one.
    """
    for number in numbers:
        if exists(number):
            return number
        if better := _without_trunk_prefix(number):
            return better
    return next((number for number in numbers if why_impossible(number) is None), numbers[-1])


def without_international_prefix(digits: str, region: str) -> tuple[str, str] | None:
    """Split dialled digits into the region's international prefix and the number, with "+" in place of the prefix.

    Return None if they don't begin with that prefix. See `international_prefix` in libphonenumber's metadata.
    """
    metadata = PhoneMetadata.metadata_for_region(region)
    prefix = re.match(metadata.international_prefix or "00", digits) if metadata else None
    return (prefix[0], f"+{digits[prefix.end() :]}") if prefix else None


def read_within(digits: str, region: str | None) -> str | None:
    """Return the number that these digits reach when dialled in a region; None if it isn't valid."""
    try:
        parsed = phonenumbers.parse(digits, region)
    except NumberParseException:
        return None
    number = phonenumbers.format_number(parsed, PhoneNumberFormat.E164)
    return number if phonenumbers.is_valid_number(parsed) and E164.fullmatch(number) else None


def read_groups(written: str, region: str) -> str | None:
    """Return the number that digits in groups are if they are an existing one as a whole; otherwise None.

    This is a fast path: it gives what reading the groups in every other way would give.
    """
    digits = written.replace(" ", "")
    if not _GROUPS.fullmatch(written):
        return None
    if digits.startswith("+"):
        return digits if E164.fullmatch(digits) and exists(digits) else None
    is_national = region and not digits.startswith("00") and not without_international_prefix(digits, region)
    return read_within(digits, region) if is_national else None


@lru_cache(MAX_CACHED)
def grouped(number: str) -> str:
    """Return a number as people read it, such as "+372 5699 1101"; text that is no possible number stays as it is."""
    if not E164.fullmatch(number) or why_impossible(number):
        return number
    return phonenumbers.format_number(_split(number) or PhoneNumber(), PhoneNumberFormat.INTERNATIONAL)


def why_not_within(digits: str, region: str) -> str:
    """Return the reason why `read_within` returned None."""
    place = f"a number in {country_name(region)}"
    try:
        number = phonenumbers.parse(digits, region)
    except NumberParseException as error:
        if error.error_type == NumberParseException.INVALID_COUNTRY_CODE:
            return f"It does not look like {place}: check it, or {ELSEWHERE}"
        long = error.error_type == NumberParseException.TOO_LONG
        return f"It is too {'long' if long else 'short'} for {place}"
    if better := _with_todays_marker(number):
        return _write_it_as(better)
    if number.country_code != phonenumbers.country_code_for_region(region):
        place = _place(number.country_code)
    match phonenumbers.is_possible_number_with_reason(number):
        case ValidationResult.TOO_SHORT:
            return f"It is too short for {place}"
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return "The area code is missing"
        case ValidationResult.TOO_LONG:
            return f"It is too long for {place}: if it is from elsewhere, {ELSEWHERE}"
    return f"It does not look like {place}: check it, or {ELSEWHERE}"


def why_impossible(number: str) -> str | None:
    """Return the reason why a number is impossible; None if it is possible, valid or not."""
    parsed = _split(number)
    if parsed is None:
        return "It does not start with a country code"
    if phonenumbers.is_valid_number(parsed):
        return None
    if better := _without_trunk_prefix(number) or _with_todays_marker(parsed):
        return _write_it_as(better)
    match phonenumbers.is_possible_number_with_reason(parsed):
        case ValidationResult.TOO_SHORT:
            return f"It is too short for {_place(parsed.country_code)}"
        case ValidationResult.TOO_LONG:
            return f"It is too long for {_place(parsed.country_code)}"
        case ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
            return "The area code is missing"
        case ValidationResult.INVALID_LENGTH:
            digits = len(phonenumbers.national_significant_number(parsed))
            code = parsed.country_code
            return f"It can't be {_place(code)}, which never has {digits} digits after +{code}"
    return None


def likely_number(number: str, region: str) -> str | None:
    """Return the existing number that somebody probably meant by an impossible one; None if that is unclear.

    Args:
        number: as the phonebook has it, possibly not in E.164 format.
        region: of numbers without a country code: two letters, or "".

    """
    digits = number.lstrip("+0")
    if not digits.isascii() or not digits.isdigit():
        return None
    texts = [digits]
    texts += [digits.removeprefix(code) for length in (1, 2, 3) if digits.startswith(2 * (code := digits[:length]))]
    if region:
        texts.append(f"{phonenumbers.country_code_for_region(region)}{digits}")
    for text in texts:
        candidate = f"+{text}"
        if not E164.fullmatch(candidate):
            continue
        if exists(candidate):
            return candidate if candidate != number else None
        parsed = _split(candidate)
        if better := _without_trunk_prefix(candidate) or (parsed and _with_todays_marker(parsed)):
            return better
    return None


def why_doubtful(number: str) -> str | None:
    """Return a warning if a possible number isn't valid in its country's numbering plan; otherwise None."""
    parsed = _split(number)
    if parsed is None or phonenumbers.is_valid_number(parsed):
        return None
    return f"Check this number: it does not look like {_place(parsed.country_code)}"


def country_code(number: str) -> int | None:
    """Return a number's country code; None if it has none."""
    parsed = _split(number)
    return parsed.country_code if parsed else None


def from_abroad(digits: str, region: str) -> str:
    """Replace the trunk zero of national digits by the country code, as in E.164 without "+".

    The digits may be the beginning of a number. Return "" if they have no trunk zero.
    """
    trunk = (phonenumbers.ndd_prefix_for_region(region, True) if region else None) or ""
    if not trunk.startswith("0") or not digits.startswith(trunk):
        return ""
    return f"{phonenumbers.country_code_for_region(region)}{digits.removeprefix(trunk)}"


def _split(number: str) -> PhoneNumber | None:
    """Split a number into its country code and the rest, unchanged; None if no country has such a code.

    `phonenumbers.parse` would also drop what looks like a trunk prefix, and so turn some numbers into others.
    """
    for length in (1, 2, 3):
        code, rest = int(number[1 : 1 + length]), number[1 + length :]
        if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            zeros = len(rest) - len(rest.lstrip("0")) - (not rest.strip("0"))
            return PhoneNumber(
                country_code=code,
                national_number=int(rest),
                italian_leading_zero=zeros > 0,
                number_of_leading_zeros=max(zeros, 1),
            )
    return None


def _without_trunk_prefix(number: str) -> str | None:
    """Drop a trunk prefix, such as the 0 of +44 020…; None if there is none, or the result isn't valid."""
    better = read_within(number, None)
    return better if better != number else None


def _with_todays_marker(number: PhoneNumber) -> str | None:
    """Update an outdated mobile prefix; None if there is none, or the result isn't valid."""
    pattern, form = MOBILE_MARKERS.get(number.country_code or 0, (None, ""))
    match = pattern.fullmatch(phonenumbers.national_significant_number(number)) if pattern else None
    return read_within(f"+{number.country_code}{match.expand(form)}", None) if match else None


def _write_it_as(number: str) -> str:
    grouped = phonenumbers.format_number(phonenumbers.parse(number), PhoneNumberFormat.INTERNATIONAL)
    return f"Write it as {grouped}"


def _place(country_code: int | None) -> str:
    regions = phonenumbers.region_codes_for_country_code(country_code or 0)
    if len(regions) == 1 and regions[0] in _countries():
        return f"a number in {country_name(regions[0])}"
    return f"a number that begins with +{country_code}"


def country_name(region: str) -> str:
    """Return the English name of a region's country, with its article: "Estonia", "the United States"."""
    name = _countries().get(region, f"the region {region}")
    return f"the {name}" if region in _NAMES_WITH_ARTICLE else name


@cache
def _countries() -> dict[str, str]:
    """Read the countries' English names by region code, from the package tzdata."""
    table = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text("utf-8")
    return dict(line.split("\t", 1) for line in table.splitlines() if not line.startswith("#"))
