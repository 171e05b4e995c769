"""Which names are valid, and which are duplicates."""

import pytest

from webapp.text import is_blank, is_duplicate_name, is_same_text, normalize_spaces, remove_hidden_characters


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Staff \t of\n\r\nTallinn\u00a0\u2003\u3000", "Staff of Tallinn"),
        ("O\u0303petajad", "Õpetajad"),
        ("👩\u200d🔧 crew", "👩\u200d🔧 crew"),  # ZWJ holds an emoji together
        ("می\u200cخواهم", "می\u200cخواهم"),  # ZWNJ is spelling in Persian
        ("\u2028", ""),
    ],
)
def test_white_space_is_folded_and_characters_composed(typed: str, kept: str) -> None:
    assert normalize_spaces(typed) == kept
    assert remove_hidden_characters(kept) == kept


@pytest.mark.parametrize(
    "refused",
    [
        *"\x00\x07\x1b\x1c\x1f\x7f\x9f\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufffe\ud800"
    ],
)
def test_control_and_direction_characters_are_removed(refused: str) -> None:
    assert remove_hidden_characters(f"St{refused}aff") == "Staff"


@pytest.mark.parametrize(
    "blank",
    ["", "\u200b", "\u200d", "\ufeff\u00ad", "\u2800", "\u3164", "\u115f\u1160\uffa0", "\u0301", "\ufe0f\u2060"],
)
def test_invisible_text_is_blank(blank: str) -> None:
    assert is_blank(blank)


@pytest.mark.parametrize("seen", ["a", ".", "0", "–", "é", "😀", "\U0001fae8", "ا", "중", "\u200bx"])
def test_visible_text_is_not_blank(seen: str) -> None:
    assert not is_blank(seen)


@pytest.mark.parametrize(
    "duplicate",
    [
        "staff",
        " STAFF ",
        "Sta\u0300ff".replace("\u0300", ""),
        "Staff\u00a0",
        "\ufeffStaff",
        "Sta\u00adff",
        "Staff\u200b",
    ],
)
def test_case_and_spaces_make_no_difference(duplicate: str) -> None:
    assert is_duplicate_name("Staff", duplicate)


@pytest.mark.parametrize("other", ["Staff 2", "Sta ff", "", "Sta.ff", "Stafff"])
def test_different_letters_are_no_duplicate(other: str) -> None:
    assert not is_duplicate_name("Staff", other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("STRASSE", "straße"),
        ("O\u0303PETAJAD", "Opetajad"),
        ("İstanbul", "istanbul"),
        ("ISPARTA", "ısparta"),
        ("❤", "❤\ufe0f"),
        ("O’Neill", "O'Neill"),
        ("Mari–Liis", "mari-liis"),
        ("Łódź Ørsted Đorđe Ħal", "lodz orsted dorde hal"),
        ("می\u200cخواهم", "میخواهم"),
        ("Group ２", "group 2"),
    ],
)
def test_differences_that_people_do_not_see_do_not_count(one: str, other: str) -> None:
    assert is_duplicate_name(one, other)


def test_a_name_sent_back_by_a_browser_is_the_same() -> None:
    assert is_same_text("a\ufffdb", "a\x00b")
    assert is_same_text("Line\r\none", "Line\none")
    assert not is_same_text("ab", "abc")
