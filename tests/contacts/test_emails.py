"""Pasted e-mail addresses: text around one is removed, and an invalid one is refused with the reason."""

import pytest

from tests.contacts.contact_fixtures import MARI, said
from tests.page_client import PageClient
from tests.phonebook_state import PhonebookState
from webapp.contacts.emails import INCOMPLETE, SEVERAL, SPACES, NotAnAddress, read_email

ADDRESS = "mari@example.ee"


@pytest.mark.parametrize(
    "pasted",
    [
        "{}", "{};", "{},", "{}.", "<{}>", "<{}>;", "<<{}>>", "'{}'", "'{}", '"{}"', "“{}”", "«{}»", "`{}`", "({})",
        "[{}]", "{}>", "{}\u200b", "\ufeff{}", "{}\u200e", "{}\u00ad", "\u2060{}\u202c", "{}\0", "\u00a0{}\t",
        "\u2709 {}", '"Mari Maasikas" <{}>',
        "Mari Maasikas <{}>;", "Maasikas, Mari <{}>", "'Mari' <{}>", "Mari (at work) <{}>",
        '"{0}" <{0}>', "{0}<mailto:{0}>", "[{0}](mailto:{0})", "Mari [mailto:{}]", "{} (Mari)", "Mari Maasikas ({})",
        '"Mari" {}', "{0} {0}",
        "mailto:{}", "MAILTO:{}", "<mailto:{}>", "mailto:{}?subject=Tere%20k%C3%B5ik", "mailto:mari%40example.ee",
        "mailto:{}?cc=jaan@example.ee&subject=Hello there", "{}?subject=Hello there", "smtp:{}",
        "E-mail: {}", "e-post: {}", "E-mail : {}", "Почта: {}", "Mari Maasikas: {}", "• {}", "- {}",
    ],
)  # fmt: skip
def test_text_around_an_address_is_removed(pasted: str) -> None:
    assert read_email(pasted.format(ADDRESS)) == ADDRESS


@pytest.mark.parametrize(
    "address",
    [
        "O'Neill@example.com", "mari+list@ex-ample.co.uk", "Mari.M_x@Sub.Example.MUSEUM", "_mari@x1.ee", "m@123.ee",
        "mari@õun.ee", "mari@почта.рф", "मारी@उदाहरण.भारत",
    ],
)  # fmt: skip
def test_an_address_stays_as_it_is(address: str) -> None:
    assert read_email(address) == address


@pytest.mark.parametrize(
    ("pasted", "reason"),
    [
        *[
            (text, SEVERAL)
            for text in [
                "a@x.ee, b@x.ee", "a@x.ee;b@x.ee", "a@x.ee b@y.ee", "a@x.ee/b@x.ee", "<a@x.ee>, <b@x.ee>",
                '"a@x.ee" <b@x.ee>', "mailto:a@x.ee,b@x.ee", "Mari <a@x.ee> Jaan <b@x.ee>",
            ]
        ],
        *[
            (text, SPACES)
            for text in [
                "two words@example.com", "mari @example.ee", "mari@ example.ee", "mari@example .ee",
                "<mari @example.ee>", "Mari mari@example.ee", "mari@example.ee see it",
            ]
        ],
        *[
            (text, INCOMPLETE)
            for text in [
                "mari", "mari@", "@example.ee", "mari@example", "mari@.ee", "mari@example..ee", "mari@example,ee",
                "mari@example.e", "mari@-example.ee", "mari@192.168.1.1", "mari(at)example.ee", "Mari <mari>", "<>",
                "@", "mailto:", "https://example.ee/mari", "{mari}@example.ee", "....",
            ]
        ],
    ],
)  # fmt: skip
def test_the_rest_is_refused_with_the_reason(pasted: str, reason: str) -> None:
    with pytest.raises(NotAnAddress, match=reason):
        read_email(pasted)


def test_the_form_removes_it_and_the_server_explains_errors(user: PageClient, phonebook: PhonebookState) -> None:
    page = user.get("/contacts/new")
    [field] = page.soup.select("input[name=email]")
    assert field["type"] == "email"
    form = field.find_parent("form")
    assert form is not None
    assert form.has_attr("novalidate"), "the browser's own words would come first"
    page = page.submit("Create contact", number=MARI, email="a@x.ee, b@x.ee")
    assert (page.status, page.field_error, page.value("email")) == (422, SEVERAL, "a@x.ee, b@x.ee")
    page = page.submit("Create contact", email="ma\u200bri@example.ee")
    assert page.field_error == "E-mail contained hidden characters, which were removed. Check it"
    assert page.value("email") == ADDRESS
    page = page.submit("Create contact", email=ADDRESS + "," * 5000)
    assert page.field_error == "E-mail must be 250 characters or fewer"
    assert page.submit("Create contact", email=f'"Mari" <{ADDRESS}>;').status == 200
    assert said(phonebook, MARI) == {"email": ADDRESS}


@pytest.mark.parametrize("odd", ["Mari <mari@x.ee>", "a@x.ee; b@x.ee", "nobody", "mari@õun.ee\u200b"])
def test_an_existing_invalid_address_stays_until_it_is_edited(
    user: PageClient, phonebook: PhonebookState, odd: str
) -> None:
    phonebook.add_contact(MARI, email=odd)
    page = user.get(f"/contacts/{MARI}/edit")
    assert page.submit("Save changes", title="Dr").notice == "The contact was changed: Title."
    assert said(phonebook, MARI)["email"] == odd
    page = user.get(f"/contacts/{MARI}/edit").submit("Save changes", email="mari@x.ee;")
    assert page.notice == "The contact was changed: E-mail."
    assert said(phonebook, MARI)["email"] == "mari@x.ee"


def test_an_address_that_a_browser_writes_in_ascii_is_not_changed(user: PageClient, phonebook: PhonebookState) -> None:
    """Chromium sends the domain of such a field in ASCII, even if the user has not touched it."""
    phonebook.add_contact(MARI, email="mari@õun.ee")
    page = user.get(f"/contacts/{MARI}/edit").submit("Save changes", title="Dr", email="mari@xn--un-bka.ee")
    assert page.notice == "The contact was changed: Title."
    page = user.get(f"/contacts/{MARI}/edit").submit("Save changes", email="anna@xn--un-bka.ee")
    assert said(phonebook, MARI)["email"] == "anna@õun.ee"
