"""Decodes identities and their verifications. What has a form of its own is checked here: email addresses, telephone
numbers, countries, dates.

``changed`` are the paths of a field mask, None in a create: see settings.py.
"""

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime
from typing import Any

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from ledgerapi.v1 import identity_pb2, identity_service_pb2, verification_pb2

from ledgerd.core.model import ids, limits
from ledgerd.core.model.country import COUNTRIES
from ledgerd.operations import creating, identities, verifications
from ledgerd.operations.identities import COMMON, INDIVIDUAL, ORGANIZATION, ORGANIZATIONAL, PERSONAL
from ledgerd.wire import fields, settings
from ledgerd.wire.fields import Reading

PATHS = ("individual", "organization", *COMMON, "metadata")

_DETAILS = {"individual": (INDIVIDUAL, PERSONAL), "organization": (ORGANIZATION, ORGANIZATIONAL)}


def identity(
    read: Reading, message: identity_pb2.Identity, changed: settings.Mask = None, path: str = "identity"
) -> identities.Settings:
    """The settings of an identity. With a mask, ``identity_type`` is empty unless the mask names details."""
    settings.narrow(message, changed)
    which = message.WhichOneof("details")
    if which is None and changed is None:
        read.wrong(f"{path}.individual", "one of individual and organization is required")
    for name in _DETAILS.keys() & (changed or ()):
        if which != name:
            read.wrong(f"{path}.{name}", "is named by the mask and must be given, alone")
    return identities.Settings(
        identity_type=_DETAILS[which][0] if which else "",
        attributes=_attributes(read, message, which, path),
        metadata=read.metadata(f"{path}.metadata", message.metadata),
    )


def new_identity(
    read: Reading, request: identity_service_pb2.CreateIdentityRequest, before: str = ""
) -> creating.NewIdentity:
    """An identity to be created with its balances. ``before`` stands before the names of the request's fields. Raises
    Rejected: TOO_MANY_ITEMS."""
    count = len(request.balances)
    if count:
        fields.bounded(f"{before}balances", count, limits.IDENTITY_MAX_BALANCES)
    drafts = []
    for place, balance in enumerate(request.balances):
        path = f"{before}balances[{place}]"
        if balance.identity_id:
            read.wrong(f"{path}.identity_id", "must be empty: the balance belongs to the new identity")
        drafts.append(settings.new_balance(read, balance, path))
    path = f"{before}identity"
    return creating.NewIdentity(settings=identity(read, request.identity, path=path), balances=tuple(drafts), path=path)


def several(requests: Sequence[identity_service_pb2.CreateIdentityRequest]) -> list[creating.NewIdentity]:
    """The identities of a batch. Raises Rejected: FIELD_INVALID for the first that is malformed, TOO_MANY_ITEMS."""
    count = sum(1 + len(request.balances) for request in requests)
    fields.bounded("requests", count, limits.BATCH_CREATE_MAX_ITEMS)
    people = []
    for place, request in enumerate(requests):
        with fields.reading() as read:
            settings.in_batch(read, place, request.request_id)
            people.append(new_identity(read, request, f"requests[{place}]."))
    return people


def _attributes(read: Reading, message: identity_pb2.Identity, which: str | None, path: str) -> dict[str, str]:
    """Details, contact and address by name, without empty ones, as they are kept."""
    texts = {name: (f"{path}.{name}", getattr(message, name)) for name in COMMON}
    if which is not None:
        details = getattr(message, which)
        texts |= {name: (f"{path}.{which}.{name}", getattr(details, name)) for name in _DETAILS[which][1]}
    known = {}
    for name, (field, value) in texts.items():
        if not value:
            continue
        if name not in _FORMS:
            known[name] = read.label(field, value, limits.LABEL_MAX_CHARS)
            continue
        form, description = _FORMS[name]
        kept = form(value)
        if kept is None:
            read.wrong(field, f"must be {description}")
        else:
            known[name] = kept
    return known


def changes(changed: Collection[str]) -> tuple[set[str], str | None]:
    """The attributes that a mask replaces, and the type that it needs the identity to have."""
    attributes = {name for name in changed if name in COMMON}
    needs_type = None
    for name in _DETAILS.keys() & changed:
        needs_type, names = _DETAILS[name]
        attributes |= set(names)
    return attributes, needs_type


# Verifications ---------------------------------------------------------------------------------


def verification(read: Reading, message: verification_pb2.IdentityVerification) -> verifications.Draft:
    """A verification to be created."""
    return verifications.Draft(
        identity_id=read.id("verification.identity_id", message.identity_id, ids.IDENTITY),
        kind=_required(read, "kind", verification_pb2.VerificationKind, message.kind),
        outcome=_required(read, "outcome", verification_pb2.VerificationOutcome, message.outcome),
        tier=read.optional_label("verification.tier", message.tier, limits.LABEL_MAX_CHARS),
        checked_at=_time(read, message, "check_time"),
        expires_at=_time(read, message, "expire_time"),
        provider=read.optional_label("verification.provider", message.provider, limits.LABEL_MAX_CHARS),
        provider_reference=read.optional_label(
            "verification.provider_reference", message.provider_reference, limits.LABEL_MAX_CHARS
        ),
        description=read.prose("verification.description", message.description),
    )


def _required(read: Reading, name: str, wrapper: Any, number: int) -> str:
    if number == 0:
        read.wrong(f"verification.{name}", "is required")
    return read.enum(f"verification.{name}", wrapper, number)


def _time(read: Reading, message: verification_pb2.IdentityVerification, name: str) -> datetime | None:
    return read.time(f"verification.{name}", getattr(message, name)) if message.HasField(name) else None


# Forms: each returns the text as it is kept, or None where it has not got the form --------------

_PHONE = re.compile(r"\+[0-9 ().-]+", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


def email(value: str) -> str | None:
    """An email address with its domain in lower case and in Unicode's form NFC. No name server is asked."""
    if len(value) > limits.EMAIL_MAX_CHARS:
        return None
    try:
        kept = validate_email(value, check_deliverability=False).normalized
    except EmailNotValidError:
        return None
    return kept if len(kept) <= limits.EMAIL_MAX_CHARS and kept.isprintable() else None


def phone(value: str) -> str | None:
    """A telephone number in E.164. It is possible, but perhaps not assigned: plans of numbers change, and an old table
    of them must not keep the owner of a new number out."""
    if len(value) > limits.PHONE_MAX_CHARS or _PHONE.fullmatch(value) is None:
        return None
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def country(value: str) -> str | None:
    """A code of ISO 3166-1 alpha-2."""
    return value if value in COUNTRIES else None


def birth_date(value: str) -> str | None:
    """A date as YYYY-MM-DD, not too long ago. Whether it lies in the future is decided by the database's clock."""
    if _DATE.fullmatch(value) is None or value < limits.BIRTH_DATE_MIN:
        return None
    try:
        date.fromisoformat(value)
    except ValueError:
        return None
    return value


_COUNTRY = (country, "a country's code of ISO 3166-1 alpha-2 in capitals, such as NG")
_FORMS: dict[str, tuple[Callable[[str], str | None], str]] = {
    "email_address": (email, f"an email address of up to {limits.EMAIL_MAX_CHARS} characters, such as ada@example.org"),
    "phone_number": (phone, "a telephone number with + and the country calling code, such as +2348012345678"),
    "country": _COUNTRY,
    "nationality": _COUNTRY,
    "birth_date": (birth_date, f"a date as YYYY-MM-DD, not before {limits.BIRTH_DATE_MIN}"),
}
