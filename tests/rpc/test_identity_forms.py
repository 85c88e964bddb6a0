"""What has a form of its own in an identity: email addresses, telephone numbers, countries, dates of birth."""

from datetime import date

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerd.core.model.country import COUNTRIES
from ledgerd.wire.identities import birth_date, country, email, phone

_REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
_SEPARATORS = st.sampled_from(["", " ", "-", ".", "  "])


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        ("ada@example.org", "ada@example.org"),
        ("Ada+ledger@EXAMPLE.org", "Ada+ledger@example.org"),
        ("ada@ex\u00e4mple.org", "ada@ex\u00e4mple.org"),
        ("ada@exa\u0308mple.org", "ada@ex\u00e4mple.org"),
        *((text, None) for text in ("ada", "ada@", "@example.org", "ada@localhost", "a b@example.org", "ada@example")),
        *((text, None) for text in ("Ada <ada@example.org>", '"a"@example.org', "ada@[127.0.0.1]", "a..b@example.org")),
        *((text, None) for text in ("ada@example.org\n", " ada@example.org", "ada@example.org,b@example.org")),
        ("a" * 243 + "@example.org", None),
    ],
)
def test_an_email_address_is_kept_with_its_domain_in_lower_case(given_text: str, kept: str | None) -> None:
    assert email(given_text) == kept


@given(st.emails())
def test_what_is_kept_of_an_email_address_is_kept_again(text: str) -> None:
    kept = email(text)
    assert kept is None or email(kept) == kept


@given(st.text(max_size=300))
def test_no_text_breaks_a_form(text: str) -> None:
    for form in (email, phone, country, birth_date):
        kept = form(text)
        assert kept is None or form(kept) == kept


@given(region=st.sampled_from(_REGIONS), separator=_SEPARATORS)
def test_a_number_of_every_country_is_kept_in_its_international_form(region: str, separator: str) -> None:
    number = phonenumbers.example_number(region)
    assert number is not None
    international = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    plain = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert phone(plain) == plain
    assert phone(international.replace(" ", separator)) == plain


@pytest.mark.parametrize(
    "text",
    [
        *("08012345678", "0044 20 7946 0958", "+", "+0", "+1", "+44", "+999 1234567", "+123456789012345678"),
        *("+1800FLOWERS", "+442079460958 ext 5", "+442079460958;ext=5", "tel:+442079460958", "+\u0664\u0664207946"),
        *("+44\u00a02079460958", "+442079460958\n", "+44 20 7946 0958" + " " * 30),
    ],
)
def test_what_is_no_international_number_is_no_telephone_number(text: str) -> None:
    assert phone(text) is None


@given(st.from_regex(r"\+[0-9]{1,18}", fullmatch=True))
def test_a_number_of_digits_is_kept_as_it_is_or_not_at_all(text: str) -> None:
    kept = phone(text)
    assert kept is None or phone(kept) == kept


def test_countries_are_the_assigned_codes() -> None:
    assert len(COUNTRIES) == 249
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in COUNTRIES)
    # Telephone numbers are of the same countries, and of a few places with codes of their own.
    assert set(_REGIONS) - COUNTRIES == {"AC", "TA", "XK"}
    assert [country(code) for code in ("NG", "ng", "UK", "EU", "NGA", "Nigeria", "XK")] == ["NG"] + [None] * 6


@given(st.dates())
def test_a_date_of_birth_is_a_date_since_1900(day: date) -> None:
    text = day.isoformat()
    assert birth_date(text) == (text if day.year >= 1900 else None)


@pytest.mark.parametrize(
    "text", ["1999-02-29", "1999-13-01", "1999-1-1", "19990101", "1999-W01-1", "1999-01-01T00:00", "0000-00-00"]
)
def test_what_the_calendar_does_not_have_is_no_date(text: str) -> None:
    assert birth_date(text) is None
