"""Whether numbers can get text messages."""

import random

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from webapp.phone_numbers.reading import check_number
from webapp.phone_numbers.text_messages import Texts, gets_texts

FIXED = PhoneNumberType.FIXED_LINE


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("+37255501234", Texts.YES),
        ("+3726123456", Texts.PROBABLY_NOT),
        ("+3725", Texts.NO),
        ("+12125550123", Texts.YES),  # in America the plan doesn't tell mobile from fixed
        ("+442079460123", Texts.PROBABLY_NOT),
        ("+4402079460123", Texts.NO),
        ("+447700900123", Texts.YES),
        ("+9990000000", Texts.NO),
        ("12345678", Texts.NO),
        ("", Texts.NO),
    ],
)
def test_examples(number: str, expected: Texts) -> None:
    assert gets_texts(number) is expected


def test_random_numbers_of_all_countries() -> None:
    rng = random.Random(19)
    seen = dict.fromkeys(Texts, 0)
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        code = phonenumbers.country_code_for_region(region)
        for kind in (PhoneNumberType.MOBILE, FIXED):
            example = phonenumbers.example_number_for_type(region, kind)
            start = str(example.national_number)[:3] if example else ""
            for _ in range(12):
                length = rng.randint(max(4, 7 - len(str(code))), 14 - len(str(code)))
                digits = "".join(rng.choices("0123456789", k=length))
                number = f"+{code}{(start if rng.random() < 0.6 else '') + digits}"[: rng.randint(9, 16)]
                result = gets_texts(number)
                seen[result] += 1
                if result is Texts.NO or check_number(number):
                    assert (result is Texts.NO) == bool(check_number(number)), number
                else:
                    parsed = phonenumbers.parse(number)
                    if f"+{parsed.country_code}{phonenumbers.national_significant_number(parsed)}" == number:
                        is_fixed = phonenumbers.number_type(parsed) == FIXED
                        assert (result is Texts.PROBABLY_NOT) == is_fixed, number
    assert all(count > 300 for count in seen.values()), seen
