"""What columns mean, by their headings and by what is in them."""

import pytest

from webapp.contacts.table import DETAIL_LABELS
from webapp.imports.columns import (
    FIELDS,
    Guess,
    check_columns,
    column_letters,
    field_labels,
    guess_columns,
    headings_digest,
)
from webapp.spreadsheets.table import Row

MESSENTE = "Title,First Name,Last Name,Phone,Email,Company,Custom,Custom2,Custom3,Custom4,Blacklisted"


def guess(*lines: str) -> Guess:
    """Guess the columns of lines with commas."""
    return guess_columns([Row(number, line.split(",")) for number, line in enumerate(lines, 1)])


@pytest.mark.parametrize(
    ("headings", "fields"),
    [
        (MESSENTE, "title,first_name,last_name,number,email,company,custom,custom2,custom3,custom4,blacklisted"),
        (
            ",".join(["Number", *DETAIL_LABELS.values(), "Blacklisted", "Deleted on"]),
            "number,first_name,last_name,company,title,email,custom,custom2,custom3,custom4,blacklisted,",
        ),
        ("Name,Mobile,E-mail,Groups", "full_name,number,email,groups"),
        ("Name,Surname,Phone number", "first_name,last_name,number"),
        ("Eesnimi,Perekonnanimi,Telefon,E-post,Asutus,Amet,Grupp",
         "first_name,last_name,number,email,company,title,groups"),
        ("Имя,Фамилия,Номер телефона,Эл. почта,Компания,Должность,Группа",
         "first_name,last_name,number,email,company,title,groups"),
        ("Vārds,Uzvārds,Tālrunis,E-pasts,Uzņēmums,Amats,Grupa",
         "first_name,last_name,number,email,company,title,groups"),
        ("Vardas,Pavardė,Telefonas,El. paštas,Įmonė,Pareigos,Grupė",
         "first_name,last_name,number,email,company,title,groups"),
        ("Etunimi,Sukunimi,Puhelin,Sähköposti,Yritys,Titteli,Ryhmä",
         "first_name,last_name,number,email,company,title,groups"),
        ("Vorname,Nachname,Handynummer,E-Mail,Firma,Position,Gruppe",
         "first_name,last_name,number,email,company,title,groups"),
        ("  EESNIMI ,Telefon (mobiil),Firma / Company,Märkused", "first_name,number,company,"),
        ("Phone,Mobile phone,Name", ",number,full_name"),
        ("Name,First name,Last name,Phone", ",first_name,last_name,number"),
        ("Tel. nr,Nimi,Nimi,Nimi", "number,full_name,,"),
    ],
)  # fmt: skip
def test_headings_are_recognised(headings: str, fields: str) -> None:
    found = guess(headings)
    assert found.has_heading
    assert ",".join(found.fields) == fields


@pytest.mark.parametrize(
    ("lines", "has_heading", "fields"),
    [
        (["+37255551234", "+37255551235"], False, ["number"]),
        (["Mari Tamm,+37255551234,mari@example.com"], False, ["full_name", "number", "email"]),
        (["Mari,Tamm,55551234"], False, ["first_name", "last_name", "number"]),
        (["1,2026-05-01,5555 1234", "2,2026-05-02,5555 1235"], False, ["", "", "number"]),
        (["37605030299,+37255551234", "47605030298,+37255551235"], False, ["", "number"]),
        (["X,Y", "a,+37255551234"], True, ["full_name", "number"]),
        (["No,Telefon", "1,55551234", "2,55551235"], True, ["", "number"]),
        (["Number,Anything", "1,55551234", "2,55551235"], True, ["", "number"]),
        (["Number,Tel", "1,55551234", "2,55551235"], True, ["", "number"]),
        (["E-mail,Anything", "a@example.com,+37255551234"], True, ["email", "number"]),
        (["Staff 2026,", "Name,Phone", "Mari,55551234"], True, ["full_name", "number"]),
        (["a,b"], False, ["first_name", "last_name"]),
    ],
)
def test_content_tells_where_headings_do_not(lines: list[str], has_heading: bool, fields: list[str]) -> None:
    assert guess(*lines)[:2] == (has_heading, fields)


def test_a_heading_tells_that_last_names_come_first() -> None:
    assert guess("Фамилия Имя,Телефон").last_name_first
    assert not guess("Имя Фамилия,Телефон").last_name_first


def test_two_columns_for_a_field_are_refused_with_their_letters() -> None:
    fields = ["first_name", "number", "", "first_name", *[""] * 23, "first_name"]
    assert [error.message for error in check_columns(fields)] == [
        "First name is chosen for columns A, D and AB. Choose it for one of them."
    ]
    assert check_columns(fields)[0].columns == (0, 3, 27)


def test_full_names_and_their_parts_exclude_each_other() -> None:
    [error] = check_columns(["full_name", "number", "last_name"])
    assert error.message == "Columns A and C have full names and parts of names. Import only full names, or only parts."


def test_a_column_of_numbers_is_needed() -> None:
    assert [error.message for error in check_columns(["first_name", ""])] == ["Choose the column of phone numbers."]
    assert check_columns(["number", "", ""]) == []


def test_every_field_has_a_label() -> None:
    assert list(field_labels()) == list(FIELDS)
    assert len(set(field_labels().values())) == len(FIELDS)


def test_the_teams_own_names_of_fields_are_recognised() -> None:
    labels = {name: label for name, label in field_labels().items() if name in FIELDS[1:-2]} | {"custom2": "Locker"}
    assert guess_columns([Row(1, ["Phone", "locker"])], labels).fields == ["number", "custom2"]


@pytest.mark.parametrize(
    ("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")]
)
def test_columns_have_their_letters(place: int, letters: str) -> None:
    assert column_letters(place) == letters


def test_files_with_the_same_headings_have_the_same_digest() -> None:
    digest = headings_digest(Row(1, ["Name", "E-mail"]))
    assert digest == headings_digest(Row(7, [" name ", "E-MAIL"]))
    assert digest != headings_digest(Row(1, ["E-mail", "Name"]))
    assert digest != headings_digest(Row(1, ["NameE", "mail"]))
