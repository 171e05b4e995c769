"""Phone numbers as people type or paste them."""

import re

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from webapp.phone_numbers.numbering_plans import E164, exists, grouped
from webapp.phone_numbers.pasted import NumberLine, TooManyLines, read_lines
from webapp.phone_numbers.reading import UnreadableNumber, check_number, read_number
from webapp.sandbox.sample import generate

ANNA = "+37251234567"
BERT = "+37251234568"


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+37256991101", "+372 5699 1101"),
        ("+3726012345", "+372 601 2345"),
        ("+37211015699", "+372 11015699"),  # possible, but unknown to the plan
        ("+358401234567", "+358 40 1234567"),
        ("+442079460018", "+44 20 7946 0018"),
        ("+14155550100", "+1 415-555-0100"),
        *((odd, odd) for odd in ("+37256", "+4402079460018", "+999123456789", "5699 1101", "../x", "")),
    ],
)
def test_numbers_are_shown_in_groups_if_they_are_possible(number: str, expected: str) -> None:
    assert grouped(number) == expected


def test_a_shown_number_can_be_typed_again_in_every_country() -> None:
    examples = filter(None, map(phonenumbers.example_number, phonenumbers.SUPPORTED_REGIONS))
    numbers = [phonenumbers.format_number(each, PhoneNumberFormat.E164) for each in examples]
    assert len(numbers) > 200
    for region in ("", "EE", "US"):
        assert [read_number(grouped(number), region) for number in numbers] == numbers


def refusal(text: str, region: str = "") -> str:
    with pytest.raises(UnreadableNumber) as caught:
        read_number(text, region)
    assert str(caught.value) == caught.value.reason
    return caught.value.reason


@pytest.mark.parametrize(
    "text",
    [
        ANNA,
        " \t+372 5123 4567\r\n",
        "+372\u00a05123\u202f4567\u3000",
        "+372-5123-4567",
        "+372‐51‑23‒45–6—7",
        "+372 5123 \u22124567",
        "- +372 5123 4567",
        "(+372) 51.23.45.67",
        "+372 (5123) 4567",
        "+372 (0) 5123 4567",
        "+372/5123 4567",
        "00372 5123 4567",
        "00 372 51234567",
        "＋３７２（５１２３）４５６７",
        "+٣٧٢٥١٢٣٤٥٦٧",
        "\u200e+\u06f3\u06f7\u06f2 \u06f5\u06f1\u06f2\u06f3 \u06f4\u06f5\u06f6\u06f7",
        "+३७२ ५१२३ ४५६७",
        "\ufeff+372\u200b5123\u00ad4567\u2060",
        "\u202a+372 5123 4567\u202c",
        "\u2066+372 5123 4567\u2069\u200f\u061c",
        "'" + ANNA,
        "\u2019" + ANNA,
        f'"{ANNA}"',
        f'"\'{ANNA}"',
        f'="{ANNA}"',
        f"{ANNA},",
        f"{ANNA};",
        f"tel:{ANNA}",
        "TEL: +372-5123-4567",
        f"\n\n{ANNA}\u2028",
    ],
)
def test_international_numbers_need_no_region(text: str) -> None:
    assert read_number(text, "") == ANNA
    assert read_number(text, "FI") == ANNA


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("5123 4567", "EE", ANNA),
        ("37251234567", "EE", ANNA),
        ("tel:51234567", "EE", ANNA),
        ("(0) 5123 4567", "EE", ANNA),
        ("040 1234567", "FI", "+358401234567"),
        ("990 372 5123 4567", "FI", ANNA),
        ("011 372 5123 4567", "US", ANNA),
        ("(8-612) 34567", "LT", "+37061234567"),
        ("8 (912) 345-67-89", "RU", "+79123456789"),
        ("(650) 253-0000", "US", "+16502530000"),
        ("(416) 555-0123", "US", "+14165550123"),
        ("030 / 12345678", "DE", "+493012345678"),
        ("+44 (0)20 7946 0958", "", "+442079460958"),
        ("+44 020 7946 0958", "", "+442079460958"),
        ("0044 (0)20 7946 0958", "EE", "+442079460958"),
        ("+39 (0)6 1234567", "", "+39061234567"),
        ("+39 06 1234567", "", "+39061234567"),
        ("06 1234567", "IT", "+39061234567"),
        ("01.23.45.67.00", "FR", "+33123456700"),
    ],
)
def test_national_numbers_are_read_with_a_region(text: str, region: str, number: str) -> None:
    assert read_number(text, region) == number
    assert check_number(number) is None


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        ("", "EE", "There is no number in it"),
        ("\ufeff\u200b", "EE", "There is no number in it"),
        ("+", "EE", "There is no number in it"),
        ("Number", "EE", "There is no number in it"),
        ("5123 4567", "", "Write the number with + and the country code"),
        ("37251234567", "", "Write the number with + and the country code"),
        ("512345", "EE", "It is too short for a number in Estonia"),
        ("1", "EE", "It is too short for a number in Estonia"),
        (
            "4712345678",
            "EE",
            "It does not look like a number in Estonia: check it, or write it with + and the country code",
        ),
        (
            "35840123456",
            "EE",
            "It is too long for a number in Estonia: if it is from elsewhere, write it with + and the country code",
        ),
        ("1" * 20, "EE", "It is too long for a number in Estonia"),
        ("12345", "MV", "It is too short for a number in the Maldives"),
        (
            "011 999 1234567",
            "US",
            "It does not look like a number in the United States: check it, or write it with + and the country code",
        ),
        ("011 44 123", "US", "It is too short for a number that begins with +44"),
        ("555-1234", "US", "The area code is missing"),
        ("+1-800-FLOWERS", "", "It has letters in it: leave only the number"),
        ("Anna +37251234567", "", "It has letters in it: leave only the number"),
        ("+372 5123 4567 Анна", "", "It has letters in it: leave only the number"),
        ("+372 5123 456O", "", "It has letters in it: leave only the number"),
        ("+372 5123 4567 ext. 12", "", "It has an extension: leave that out"),
        ("+372 5123 4567 x12", "", "It has an extension: leave that out"),
        ("+372 5123 4567#12", "", "It has an extension: leave that out"),
        ("+372 5123 4567 доб. 12", "", "It has an extension: leave that out"),
        ("tel:+372-5123-4567;ext=12", "", "It has an extension: leave that out"),
        (f"{ANNA} {BERT}", "", "There is more than one number in it"),
        (f"{ANNA}{BERT}", "", "There is more than one number in it"),
        (f"{ANNA};{BERT}", "", "There is more than one number in it"),
        ("51234567, 51234568", "EE", "There is more than one number in it"),
        ("51234567 / 51234568", "EE", "There is more than one number in it"),
        ("51234567\t51234568", "EE", "There is more than one number in it"),
        (f"{ANNA}/8", "", "There is more than one number in it"),
        (f"{ANNA}\n{BERT}", "", "It has more than one line"),
        ("+372 5123\u20284567", "", "It has more than one line"),
        ("372+51234567", "", "The + can only be at the beginning"),
        ("++372 5123 4567", "", "The + can only be at the beginning"),
        ("+0372 5123 4567", "", "No country code begins with 0"),
        ("000 372 5123 4567", "", "No country code begins with 0"),
        ("+123456", "", "It is too short for a phone number"),
        ("+1234567890123456", "", "It is too long for a phone number"),
        ("1" * 201, "EE", "It is too long for a phone number"),
        ("\ufdfa" * 200, "EE", "It is too long for a phone number"),
        ("+372 5123*4567", "", "It has “*” in it, which is in no phone number"),
        ("+372 5123 4567¹", "", "It has a character in it, which is in no phone number"),
        ("+372\u20dd5123 4567", "", "It has a character in it, which is in no phone number"),
        ("+372\ud8005123 4567", "", "It has a character in it, which is in no phone number"),
        ("+372\x005123 4567", "", "It has an invisible character in it: type it again"),
        ("\x1b[1m+372 5123 4567", "", "It has an invisible character in it: type it again"),
    ],
)
def test_an_invalid_number_is_refused_with_the_reason(text: str, region: str, reason: str) -> None:
    assert refusal(text, region) == reason


@pytest.mark.parametrize(
    "text", ["3.72555E+11", "3,72555E+11", "3.72555e11", "'3.72555E+11", "３．７２５５５Ｅ＋１１", "4E+11"]
)
def test_numbers_shortened_by_a_spreadsheet_are_refused(text: str) -> None:
    shortened = "A spreadsheet has shortened this number: format its column as text and copy it again"
    assert refusal(text, "EE") == shortened


@pytest.mark.parametrize("text", ["37251234567.0", "37251234567,00", "51234567.0"])
def test_numbers_that_a_spreadsheet_took_for_a_sum_are_refused(text: str) -> None:
    assert refusal(text, "EE").startswith("A spreadsheet has put a decimal point into this number: ")


@pytest.mark.parametrize(
    "number", ["+1234567", "+999999999999999", "+1000000", "+3725000", "+7812345678", "+4402079460958"]
)
def test_numbers_of_the_phonebook_are_read_unchanged(number: str) -> None:
    for region in ("", "EE", "GB", "RU"):
        assert read_number(number, region) == number
        assert read_number(f"'{number}", region) == number


def test_a_nonexistent_number_does_not_become_another_one() -> None:
    assert read_number("+7 812 345 678", "RU") == "+7812345678", "8 is Russia's trunk prefix"


def test_the_samples_numbers_are_readable_although_they_exist_nowhere() -> None:
    numbers = [contact["phoneNumber"] for contact in generate().contacts]
    assert [read_number(number, "EE") for number in numbers] == numbers
    some = numbers[::20]
    assert [read_number(f"{number[:4]} {number[4:7]}-{number[7:]}", "EE") for number in some] == some
    assert not any(map(exists, numbers))


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (ANNA, None),
        ("+37259999999", None),
        ("+372512345", "It is too short for a number in Estonia"),
        ("+372512345678", "It can't be a number in Estonia, which never has 9 digits after +372"),
        ("+37251234567890", "It is too long for a number in Estonia"),
        ("+7812345678", "It is too short for a number that begins with +7"),
        ("+96012345", "It is too short for a number in the Maldives"),
        ("+800123", "It is not a phone number"),
        ("+80012345", "It is too short for a number that begins with +800"),
        ("+15551234", "The area code is missing"),
        ("+9991234567", "It does not start with a country code"),
        ("+4402079460958", "Write it as +44 20 7946 0958"),
        ("+3580401234567", "Write it as +358 40 1234567"),
        ("+39061234567", None),
        ("51234567", "It is not a phone number"),
    ],
)
def test_impossible_numbers_are_refused_for_contacts(number: str, reason: str | None) -> None:
    assert check_number(number) == reason


def test_every_countrys_own_way_of_writing_is_read() -> None:
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number_for_type(region, PhoneNumberType.MOBILE)
        if example is None or not phonenumbers.is_valid_number(example):
            continue
        number, abroad, within, address = (
            phonenumbers.format_number(example, each)
            for each in (
                PhoneNumberFormat.E164,
                PhoneNumberFormat.INTERNATIONAL,
                PhoneNumberFormat.NATIONAL,
                PhoneNumberFormat.RFC3966,
            )
        )
        read = [read_number(number, ""), read_number(abroad, ""), read_number(within, region), read_number(address, "")]
        assert read == [number] * 4
        assert check_number(number) is None


PIECES = st.sampled_from(
    [
        *"0123456789+-.()/ ,;:'\"eExX#*\t\0\ufeff\u202e\u00a0٣３",
        "372",
        "+372",
        "(0)",
        "00",
        "tel:",
        "ext",
        "5123",
        "½",
        "é",
    ]
)
TEXTS = st.one_of(
    st.text(), st.lists(PIECES, max_size=16).map("".join), st.from_regex(r"\+?[0-9 ()]{5,20}", fullmatch=True)
)


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.sampled_from(["", "EE", "US", "IT", "AR", "RU", "XK"]))
def test_any_text_is_read_as_a_number_or_refused(text: str, region: str) -> None:
    try:
        number = read_number(text, region)
    except UnreadableNumber as error:
        number, reason = None, error.reason
    if number is None:
        assert re.fullmatch(r"[A-Z][^\0-\x1f\x7f-\x9f\u202a-\u202e]+[^.\s]", reason)
    else:
        assert E164.fullmatch(number)
        assert {read_number(number, each) for each in ("", region, "GB")} == {number}
        check_number(number)


def test_a_list_is_read_line_by_line() -> None:
    pasted = f"\ufeff{ANNA}\r\n\r\n  \u00a0\u200b \n'+372 5123 4568\r5123 4567\u2028Bert\v{BERT}\x85+372 5123 4569"
    assert read_lines(pasted, "EE") == [
        NumberLine(ANNA, ANNA),
        NumberLine("'+372 5123 4568", BERT),
        NumberLine("5123 4567", reason="This number is already listed above"),
        NumberLine("Bert", reason="There is no number in it"),
        NumberLine(BERT, reason="This number is already listed above"),
        NumberLine("+372 5123 4569", "+37251234569"),
    ]
    assert read_lines(" \n\t\n", "EE") == []


def test_a_numbered_list_is_read() -> None:
    lines = read_lines("1. 5123 4567\n 2) +372 5123 4568\n3.\t5123 4569,\n9. 5123 4570\n5. 5123 4571 5", "EE")
    assert [line.number for line in lines] == [ANNA, BERT, "+37251234569", None, None]
    assert read_lines("34. 612 345 678", "PL")[0].number is None, "it may be a country code"


def test_several_numbers_on_a_line_are_read_if_there_is_nothing_else() -> None:
    signature = "Tel.: +372 5123 4567, GSM 0049 170 1234567 / +44 (0)20 7946 0958 M: +372 5123 4567"
    numbers = [ANNA, "+491701234567", "+442079460958"]
    assert read_lines(signature, "") == [NumberLine(number, number) for number in numbers]
    for line in (f"{ANNA}/8", f"{ANNA}, Bert, {BERT}"):
        assert read_lines(line, "")[0].reason == "There is more than one number in it: write one per line"
    with pytest.raises(TooManyLines):
        read_lines(f"{ANNA}, {BERT}", "", most=1)


def test_a_list_has_a_maximum_of_lines() -> None:
    hundred = "\n \n".join(f"+3725123{number:04}" for number in range(100))
    assert len(read_lines(hundred, "")) == 100
    with pytest.raises(TooManyLines) as caught:
        read_lines(f"{hundred}\n\n+37251239999", "")
    assert caught.value.count == 101
    with pytest.raises(TooManyLines):
        read_lines("1\n2", "", most=1)


def test_a_shown_line_is_short_and_visible() -> None:
    [line] = read_lines("\u202e+372\t5123\x1b[1m \u2067 4567\ud800", "")
    assert (line.text, line.number) == ("+372 5123[1m 4567", None)
    for long in ("x" * 61, "x" * 60_000, "x " * 10_000, "\u202e" * 60_000 + "x"):
        [line] = read_lines(long, "")
        assert len(line.text) <= 60
        assert line.text.endswith("…")
    [line] = read_lines("x" * 60, "")
    assert line.text == "x" * 60
