"""The words that people use as headings, in the languages that teams use."""

import re
from collections.abc import Mapping

from webapp.text import fold

NUMBER = "number"
FULL_NAME = "full_name"
GROUPS = "groups"
BLACKLISTED = "blacklisted"

_WORDS = {
    NUMBER: """
        number, phone, phone number, phone no, telephone, telephone number, tel, tel no, mobile, mobile number, mobile
        no, mobile phone, mobile phone number, cell, cell phone, cell number, cellular, msisdn, gsm, sms, sms number,
        recipient, contact number, phone 1, whatsapp, telefon, telefoninumber, tel nr, tel number, mobiil,
        mobiilinumber, mobiiltelefon, телефон, номер, номер телефона, мобильный, мобильный телефон, мобильный номер,
        моб телефон, моб, тел, сотовый, сотовый телефон, тел номер, контактный телефон, tālrunis, tālruņa numurs,
        tālruņa nr, telefons, telefona numurs, telefona nr, mobilais, mobilais tālrunis, mobilā tālruņa numurs, mob
        tālrunis, mob tel, numurs, telefonas, telefono numeris, telefono nr, tel numeris, mobilus, mobilusis, mobilus
        telefonas, mobilusis telefonas, mob telefonas, mobiliojo telefono numeris, numeris, puhelin, puhelinnumero,
        puh, puh nro, puhelinnro, matkapuhelin, matkapuhelinnumero, kännykkä, kännykkänumero, numero, telefonnummer,
        telefonnr, rufnummer, handy, handynummer, handynr, mobil, mobilnummer, mobilnr, mobiltelefon, mobilfunknummer,
        nummer
        """,
    "first_name": """
        first name, given name, forename, fname, eesnimi, имя, vārds, vardas, etunimi, vorname
        """,
    "last_name": """
        last name, surname, family name, lname, perekonnanimi, perenimi, фамилия, uzvārds, pavardė, sukunimi,
        nachname, familienname, zuname
        """,
    FULL_NAME: """
        name, full name, contact, contact name, contact person, first and last name, first name last name, first name
        and last name, name surname, name and surname, employee, member, nimi, täisnimi, kontakt, kontaktisik, isik,
        töötaja, ees ja perekonnanimi, ees ja perenimi, ees perekonnanimi, nimi ja perekonnanimi, eesnimi
        perekonnanimi, eesnimi ja perekonnanimi, фио, полное имя, имя и фамилия, имя фамилия, фамилия имя, фамилия и
        имя, фамилия имя отчество, контакт, контактное лицо, сотрудник, абонент, vārds uzvārds, vārds un uzvārds,
        uzvārds vārds, pilns vārds, kontaktpersona, kontakts, darbinieks, vardas pavardė, vardas ir pavardė, pavardė
        vardas, pilnas vardas, kontaktas, kontaktinis asmuo, darbuotojas, koko nimi, etu ja sukunimi, etunimi
        sukunimi, sukunimi etunimi, yhteyshenkilö, henkilö, työntekijä, vollständiger name, vor und nachname, vorname
        nachname, name vorname, nachname vorname, ansprechpartner, kontaktperson, mitarbeiter
        """,
    "company": """
        company, company name, organisation, organization, firm, employer, business, ettevõte, ettevõtte nimi, firma,
        firma nimi, asutus, organisatsioon, tööandja, организация, компания, фирма, предприятие, название компании,
        работодатель, uzņēmums, uzņēmuma nosaukums, organizācija, darba devējs, įmonė, įmonės pavadinimas, bendrovė,
        darbdavys, yritys, yrityksen nimi, organisaatio, työnantaja, firmenname, unternehmen, arbeitgeber
        """,
    "title": """
        title, job title, position, job, role, occupation, profession, ametinimetus, amet, ametikoht, tiitel, roll,
        должность, профессия, amats, pareigos, pareigybė, titteli, ammatti, tehtävä, tehtävänimike, asema, funktion,
        titel, beruf, berufsbezeichnung, stelle
        """,
    "email": """
        email, mail, email address, mail address, epost, meil, meiliaadress, epostiaadress, электронная почта, эл
        почта, почта, емейл, имейл, емайл, адрес электронной почты, электронный адрес, epasts, epasta adrese, el
        paštas, elektroninis paštas, el pašto adresas, elektroninio pašto adresas, sähköposti, sähköpostiosoite,
        sposti, emailadresse, mailadresse
        """,
    "custom": """
        custom, custom 1, custom field 1, custom field, lisaväli, lisaväli 1, поле 1, papildu lauks 1, lisäkenttä 1
        """,
    "custom2": """
        custom 2, custom field 2, lisaväli 2, поле 2, papildu lauks 2, lisäkenttä 2
        """,
    "custom3": """
        custom 3, custom field 3, lisaväli 3, поле 3, papildu lauks 3, lisäkenttä 3
        """,
    "custom4": """
        custom 4, custom field 4, lisaväli 4, поле 4, papildu lauks 4, lisäkenttä 4
        """,
    GROUPS: """
        group, groups, group name, group names, list, lists, tag, tags, team, teams, grupp, grupid, rühm, rühmad,
        grupi nimi, nimekiri, группа, группы, название группы, список, списки, grupa, grupas, grupas nosaukums,
        saraksts, grupė, grupės, grupės pavadinimas, sąrašas, ryhmä, ryhmät, ryhmän nimi, lista, gruppe, gruppen,
        gruppenname, liste
        """,
    BLACKLISTED: """
        blacklisted, blacklist, on the blacklist, on blacklist, blocked, opted out, opt out, unsubscribed, must
        nimekiri, mustas nimekirjas, blokeeritud, чёрный список, в чёрном списке, заблокирован, блокировка, melnais
        saraksts, melnajā sarakstā, bloķēts, juodasis sąrašas, juodajame sąraše, užblokuotas, musta lista, mustalla
        listalla, estetty, estolista, schwarze liste, auf der schwarzen liste, gesperrt, sperrliste
        """,
}
_LAST_NAME_FIRST = """
    фио, фамилия имя, фамилия и имя, фамилия имя отчество, uzvārds vārds, pavardė vardas, sukunimi etunimi,
    name vorname, nachname vorname
    """
_MOBILE = re.compile("mob|cell|gsm|sms|msisdn|моб|сот|matkap|kannyk|handy")
_NOT_WORDS = re.compile(r"[\W_]+")
_IN_BRACKETS = re.compile(r"\([^)]*\)|\[[^]]*\]")


def compact(heading: str) -> str:
    """Return a heading's letters and digits, without case and accents: "E-mail" is "email"."""
    return _NOT_WORDS.sub("", fold(heading))


_KNOWN = {compact(word): name for name, words in _WORDS.items() for word in words.split(",")}


def field_of(heading: str, own: Mapping[str, str]) -> str:
    """Return the field that a heading names; "" for an unknown one.

    Args:
        heading: a cell, such as "Phone number*", "Telefon (mobiil)" or "Eesnimi / First name".
        own: the team's own headings, by `compact`; they come first.

    """
    if len(heading) > 100:
        return ""
    parts = [heading, _IN_BRACKETS.sub("", heading), *heading.split("/"), *heading.split("\n")]
    names = (own.get(compact(part)) or _KNOWN.get(compact(part)) for part in parts)
    return next(filter(None, names), "")


def is_last_name_first(heading: str) -> bool:
    """Whether a heading of full names says that last names come first."""
    return compact(heading) in map(compact, _LAST_NAME_FIRST.split(","))


def is_mobile(heading: str) -> bool:
    """Whether a heading says that its numbers are those of mobile phones, which receive messages."""
    return bool(_MOBILE.search(fold(heading)))
