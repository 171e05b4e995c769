"""Removal of labels, links and vCard syntax around a phone number that was copied from elsewhere."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

_WORDS_OF_LABELS = """
    c cel cell cells cellphone cellular cellulare celular contact direct fijo fisso fixe fixed fon gsm h handy home
    iphone kontakt landline line m main mob mobi mobile mobiles mobilephone mobitel n no num number numbers o office p
    ph phone phones portable pref private signal sms t tel tele telef telegram telephone viber voice w wa whatsapp whats
    app work
    kodu kodus lauatel lauatelefon mobiil mobiilinumber mobiiltelefon nr telefon telefoninumber telefoon töö
    jobb kom koti kännykkä matkapuh matkapuhelin matkapuhelinnumero puh puhelin puhelinnumero työ työpuhelin
    arbete hem mobil mobilnr mobilnummer mobiltelefon nummer telefonnr telefonnummer tfn tlf tlfn tlfnr
    büro geschäftlich mobl privat zentrale mobiel
    darba mobilais mobilus mobilusis numeris numurs sv tālr tālrunis tālruņa telefonas
    bureau casa domicile komórka komórkowy lavoro mov movil móvil numero numéro número telefone telefono
    telefón telemóvel teléfono teléf telf téléphone tél trabajo
    вайбер ватсап вотсап дом домашний м моб мобил мобильник мобильный мобільний номер раб рабочий сот сотовый т тел
    телеграм телефон телефона
"""
_LABELS = frozenset(_WORDS_OF_LABELS.split())
"""The words that occur in labels, in the languages that teams use."""
_FAX = frozenset(
    {"f", "fax", "faxnr", "faksi", "faks", "faksas", "fakss", "telefax", "telefaks", "télécopie", "факс", "ф"}
)

_NUMBERED = re.compile(r"([^\W\d_][^:0-9+]*)[0-9]{1,2}\s*:")
_VCARD = re.compile(r"(?:[\w-]+\.)?tel((?:;[^:]*)+|(?<=\.tel)):(.*)", re.IGNORECASE)
_SCHEME = re.compile(
    r"(?:tel|callto|sms|smsto|mms|mmsto|facetime|facetime-audio|skype|sips?):(?://)?(.*)", re.IGNORECASE
)
_CHAT = re.compile(
    r"(?:(?:whatsapp|viber|tg|sgnl)://|(?:https?://)?(?:[\w-]+\.)*(?:wa\.me|whatsapp\.com|t\.me|signal\.me|viber\.com)/).*",
    re.IGNORECASE,
)


class FaxNumber(Exception):
    """The number is labelled as a fax number."""


def take_off(text: str) -> str:
    """Return the number without its label, link or vCard syntax, or the text unchanged if those are unknown.

    Raises:
        FaxNumber: if the label says so. Fax machines get no messages.

    """
    if _CHAT.fullmatch(text):
        return _in_link(text)
    if card := _VCARD.fullmatch(text):
        if "fax" in card[1].casefold():
            raise FaxNumber
        text = card[2].strip()
    if link := _SCHEME.fullmatch(text):
        return unquote(re.split("[?&@]", link[1], maxsplit=1)[0])
    return _without_last_label(_without_first_label(_NUMBERED.sub(r"\1:", text, count=1)))


def _in_link(text: str) -> str:
    """Extract the number from a chat link, which has it in international format without the "+"."""
    try:
        link = urlsplit(text if "://" in text else f"https://{text}")
        query = parse_qs(link.query)
    except ValueError:
        return text
    [said, *_] = query.get("phone") or query.get("number") or [unquote(link.fragment or link.path).split("/")[-1]]
    bare = said.strip().removeprefix("+").strip()
    return bare if bare.startswith("00") else f"+{bare}"


def _without_first_label(text: str) -> str:
    first = re.search(r"\(?\s*[0-9+]", text)
    if not first or not (words := _words(text[: first.start()])):
        return text
    label, rest = text[: first.start()], text[first.start() :].lstrip()
    _refuse_fax(words)
    runs_into_it = (
        text[first.start() - 1].isalpha() and text[first.start()].isdigit()
    )  # a single letter may belong to a code, not a label
    if words <= _LABELS | _FAX and not (runs_into_it and len(label.strip()) == 1):
        return rest
    # After an unknown word, digits may be something other than a phone number, unless they begin with "+".
    return rest if label.rstrip().endswith(":") and rest.startswith(("+", "(+")) else text


def _without_last_label(text: str) -> str:
    last = re.search(r"[^0-9]*$", text)
    if not last or not (words := _words(last[0])):
        return text
    _refuse_fax(words)
    return text[: last.start()] if words <= _LABELS and all(len(word) > 1 for word in words) else text


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.casefold()))


def _refuse_fax(words: set[str]) -> None:
    if words & _FAX and not words & _LABELS:
        raise FaxNumber
