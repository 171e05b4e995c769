"""Numbers as they are copied from tables, signatures, links and contact cards: read right, or refused."""

import pytest
from phonenumbers import (
    SUPPORTED_REGIONS,
    PhoneNumberFormat,
    PhoneNumberType,
    example_number_for_type,
    format_number,
    format_out_of_country_calling_number,
    is_valid_number,
)

from webapp.phone_numbers.numbering_plans import E164
from webapp.phone_numbers.reading import UnreadableNumber, check_number, read_number, warn_of_number

ANNA = "+37251234567"
COLUMNS = "There is more than one column in it: leave only the number"
NUMBERS = "There is more than one number in it"
LETTERS = "It has letters in it: leave only the number"
FAX = "It is a fax number, which can't receive messages"
EXTENSION = "It has an extension: leave that out"

FORMATS = (
    PhoneNumberFormat.E164,
    PhoneNumberFormat.INTERNATIONAL,
    PhoneNumberFormat.NATIONAL,
    PhoneNumberFormat.RFC3966,
)


def read(text: str, region: str = "") -> str:
    """The number, or the reason why the text is refused."""
    try:
        return read_number(text, region)
    except UnreadableNumber as error:
        return error.reason


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("+372 600 1402\t2", "+3726001402"),
        ("+49 30 901902\t10117", "+4930901902"),
        ("1\t+372 5123 4567", ANNA),
        ("Mari\t+372 5123 4567\tTallinn", ANNA),
        ("Mobile\t+372 5123 4567", ANNA),
        ("+372 600 1402   2", COLUMNS),
        ("+372 600 1402  2", COLUMNS),
        ("+372 600 1402\u00a0\u00a0\u00a02", COLUMNS),
        ("+49 30 901902   10117", COLUMNS),
        ("+49 30 901902\u3000\u3000\u300010117", COLUMNS),
        ("+372\t5123 4567", COLUMNS),
        ("+372 600\t1402", COLUMNS),
        ("+372 5123   4567", COLUMNS),
        ("+372 5123 4567\t38001010001", COLUMNS),
        ("+372 5123 4567\t+372 5123 4568", NUMBERS),
        ("+372 5123 4567   +372 5123 4568", NUMBERS),
        ("+372 600 1402\v2", "It has more than one line"),
        ("+372 600 1402\f2", "It has more than one line"),
        ("+372  5123  4567", ANNA),
        ("+49 30  901902", "+4930901902"),
    ],
)
def test_columns_are_never_joined(text: str, read_as: str) -> None:
    assert read(text) == read_as


@pytest.mark.parametrize(
    ("text", "region"),
    [("372\t51234567", "FI"), ("030\t901902", "DE"), ("51234567\t12", "EE"), ("040\t1234567", "FI")],
)
def test_no_country_is_guessed_for_text_in_columns(text: str, region: str) -> None:
    assert read(text, region) == COLUMNS


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("+49 (0)5251 / 6061234", "+4952516061234"),
        ("+49 (0)33056/12345", "+493305612345"),
        ("+49 30 / 901826", "+4930901826"),
        ("+49 30 901826-27", "+493090182627"),
        ("+43 1 58801 - 0", "+431588010"),
        ("+381 44 / 123 458", "+38144123458"),
        ("+358 9 123 4567 / 4568", NUMBERS),
        ("+49 30 901826 / -27", NUMBERS),
        ("+49 30 901826/27", NUMBERS),
        ("+381 44 123 458 / 9", NUMBERS),
        ("+358 9 123 4567, 4568", NUMBERS),
        ("+358 9 123 4567; 4568", NUMBERS),
        ("+358 9 123 4567 | 4568", NUMBERS),
        ("+358 9 123 4567 or 4568", NUMBERS),
        ("+358 9 123 4567 - 68", NUMBERS),
        ("+358 9 123 4567–8", NUMBERS),
        ("+358 9 123 4567 4568", NUMBERS),
        ("+372 600 1402 (2)", NUMBERS),
        ("+372 600 1402.2", NUMBERS),
        ("+372 600 1402 2", NUMBERS),
        (f'"{ANNA}","+37251234568"', NUMBERS),
        (f"sms:{ANNA},+37251234568", NUMBERS),
    ],
)
def test_each_part_has_to_be_a_complete_number(text: str, read_as: str) -> None:
    assert read(text) == read_as


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("001 65 8234 5678", "HK", "+6582345678"),
        ("0016582345678", "HK", "+6582345678"),
        ("0065 8234 5678", "HK", "+6582345678"),
        ("00 1 876 523 0123", "HK", "+18765230123"),
        ("0091 80 1234 5678", "HK", "+918012345678"),
        ("0011 44 7911 123456", "AU", "+447911123456"),
        ("0011 44 (0)7911 123456", "AU", "+447911123456"),
        ("0011 381 44 123 458", "AU", "+38144123458"),
        ("00 44 7911 123456", "AU", "+447911123456"),
        ("010 372 5123 4567", "JP", ANNA),
        ("00372 5123 4567", "JP", ANNA),
        ("8~10 372 5123 4567", "RU", ANNA),
        ("8 10 372 5123 4567", "RU", ANNA),
        ("0015 372 5123 4567", "BR", ANNA),
        ("00 21 372 5123 4567", "BR", ANNA),
        ("00700 372 5123 4567", "KR", ANNA),
        ("001 372 5123 4567", "SG", ANNA),
        ("00372 5123 4567", "US", ANNA),
        ("0091 876 523 0123", "NG", "+918765230123"),
    ],
)
def test_a_regions_own_international_prefix_comes_first(text: str, region: str, number: str) -> None:
    assert read(text, region) == number


def test_an_ambiguous_prefix_is_a_question() -> None:
    assert read("00918765230123", "NG") == "It could be +1 876-523-0123 or +91 87652 30123: write it with +"


@pytest.mark.parametrize(
    ("text", "region", "cure"),
    [
        ("+52 1 55 4163 7145", "", "+52 55 4163 7145"),
        ("+52 (1) 55 4163 7145", "", "+52 55 4163 7145"),
        ("+5215541637145", "", "+52 55 4163 7145"),
        ("+52 044 55 4163 7145", "", "+52 55 4163 7145"),
        ("1 55 4163 7145", "MX", "+52 55 4163 7145"),
        ("https://wa.me/5215541637145", "", "+52 55 4163 7145"),
        ("+541115 2345 6789", "", None),
        ("+54 9 11 15 2345 6789", "", "+54 9 11 2345-6789"),
        ("+54111523456789", "", "+54 9 11 2345-6789"),
        ("+55 11 8765 4321", "", "+55 11 98765-4321"),
        ("11 8765 4321", "BR", "+55 11 98765-4321"),
        ("+229 97 12 34 56", "", "+229 01 97 12 34 56"),
    ],
)
def test_an_outdated_mobile_prefix_is_refused_with_the_correction(text: str, region: str, cure: str | None) -> None:
    found = read(text, region)
    reason = check_number(found) if E164.fullmatch(found) else found
    assert reason == (f"Write it as {cure}" if cure else None)
    if cure:
        assert check_number(read(cure)) is None


LABELS = """
    M: T T. m. Tel Tel. Tel: TEL.: Tel.nr.: Phone: Ph. Mob Mob. Mobile Mobile: Cell: GSM: WhatsApp WhatsApp: Viber:
    Handy: Mobil: Telefon: tlf tlf. Tfn: Puh. puh.: p. Matkapuh. Kännykkä: Telefoninumber: Mobiil: Tālr. Mob.tel.
    Моб. Моб.: Тел. тел.: Телефон: Сот.: Tel.Nr. N° No. Móvil: Cel. Portable: Tél. Tél.: Work: Home: iPhone: TEL:
"""


@pytest.mark.parametrize("label", LABELS.split())
def test_labels_are_removed(label: str) -> None:
    assert read(f"{label} +372 5123 4567") == ANNA
    assert read(f"{label} 5123 4567", "EE") == ANNA


@pytest.mark.parametrize(
    "text",
    [
        "Tel (mob): +372 5123 4567",
        "Mobile (work) - +372 5123 4567",
        "Tel./Fax: +372 5123 4567",
        "Phone 2: +372 5123 4567",
        "Anna: +372 5123 4567",
        "Mobile:\u00a0+372\u00a05123\u00a04567",
        "Mobile:  +372 5123 4567",
        "+372 5123 4567 (mob)",
        "+372 5123 4567 – WhatsApp",
        "☎ +372 5123 4567",
        "📱: +372 5123 4567",
        "📞\ufe0f Tel. +372 5123 4567",
        "℡ +372 5123 4567",
        "https://wa.me/37251234567",
        "wa.me/+37251234567",
        "http://wa.me/37251234567?text=Room%205",
        "https://api.whatsapp.com/send?phone=37251234567&text=Hi",
        "https://api.whatsapp.com/send/?phone=%2B372%205123%204567",
        "whatsapp://send?phone=37251234567",
        "https://t.me/+37251234567",
        "https://signal.me/#p/+37251234567",
        "viber://chat?number=%2B37251234567",
        "callto:+37251234567",
        "CALLTO://+372-5123-4567",
        "sms:+37251234567",
        "sms:+37251234567?body=Room%205",
        "smsto:+37251234567",
        "facetime:+37251234567",
        "skype:+37251234567?call",
        "tel:%2B37251234567",
        "tel://+37251234567",
        "<tel:+37251234567>",
        "TEL:+37251234567",
        "TEL;TYPE=CELL:+37251234567",
        "TEL;CELL;VOICE:+372 5123 4567",
        "item1.TEL;type=CELL;type=VOICE;type=pref:+372 5123 4567",
        "item1.TEL:+372 5123 4567",
        "tel;VALUE=uri:tel:+372-5123-4567",
        'TEL;VALUE=uri;PREF=1;TYPE="voice,home":tel:+372-5123-4567',
    ],
)
def test_text_around_a_number_is_removed(text: str) -> None:
    assert read(text) == ANNA
    assert read(text, "FI") == ANNA


@pytest.mark.parametrize(
    ("text", "region", "reason"),
    [
        ("Fax: +372 600 1402", "", FAX),
        ("F +372 600 1402", "", FAX),
        ("Факс: 600 1402", "EE", FAX),
        ("+372 600 1402 (fax)", "", FAX),
        ("TEL;TYPE=WORK,FAX:+372 600 1402", "", FAX),
        ("Anna: 5123 4567", "EE", LETTERS),
        ("Reg. 51234567", "EE", LETTERS),
        ("M51234567", "EE", LETTERS),
        ("wa.me/message/ABC123", "", LETTERS),
        ("https://t.me/anna", "", "There is no number in it"),
        ("tel;VALUE=uri:tel:+372-5123-4567;ext=55", "", EXTENSION),
        ("Tel. +372 5123 4567 x12", "", EXTENSION),
        ("21/05/2024", "LV", "It looks like a date"),
        ("21.05.2024", "LV", "It looks like a date"),
        ("2024-05-21", "LV", "It looks like a date"),
    ],
)
def test_ambiguous_text_is_refused(text: str, region: str, reason: str) -> None:
    assert read(text, region) == reason


@pytest.mark.parametrize(
    ("number", "warning"),
    [
        ("+38144123458", "Check this number: it does not look like a number in Serbia"),
        ("+37260014022", "Check this number: it does not look like a number in Estonia"),
        (ANNA, None),
        ("+372", None),
        ("abc", None),
    ],
)
def test_possible_but_unknown_numbers_are_accepted_with_a_warning(number: str, warning: str | None) -> None:
    assert warn_of_number(number) == warning
    assert warning is None or check_number(number) is None


@pytest.mark.long
def test_every_kind_of_number_is_read_as_it_is_written_at_home_and_abroad() -> None:
    wrong = []
    for region in sorted(SUPPORTED_REGIONS):
        for kind in (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE):
            example = example_number_for_type(region, kind)
            number = format_number(example, PhoneNumberFormat.E164) if example else ""
            if example is None or not is_valid_number(example) or not E164.fullmatch(number):
                continue
            written = [(format_number(example, form), region) for form in FORMATS]
            written += [(text, "") for text, _ in written if text.startswith(("+", "tel:"))]
            written += [
                (format_out_of_country_calling_number(example, dialled), dialled)
                for dialled in ("AU", "HK", "RU", "US")
            ]
            wrong += [(text, place, read(text, place)) for text, place in written if read(text, place) != number]
    assert wrong == []
