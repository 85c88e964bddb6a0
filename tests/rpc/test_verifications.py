"""Verifications of identities: what checks found, never changed, and deleted with the identity."""

import asyncio
import json

import pytest
from ledgerapi.v1 import identity_service_pb2 as pb
from ledgerapi.v1 import verification_pb2

from ledgerd.operations.verify import verify

NOBODY = "01hzzzzzzzzzzzzzzzzzzzzzzz"


async def verified(server, identity_id, kind="SANCTIONS", outcome="PASSED", request_id="", **fields):
    verification = verification_pb2.IdentityVerification(
        identity_id=identity_id,
        kind=f"VERIFICATION_KIND_{kind}",
        outcome=f"VERIFICATION_OUTCOME_{outcome}",
        **fields,
    )
    request = pb.CreateIdentityVerificationRequest(verification=verification, request_id=request_id)
    return (await server.identities.CreateIdentityVerification(request)).verification


async def listed(server, identity_id="", **fields):
    request = pb.ListIdentityVerificationsRequest(identity_id=identity_id, **fields)
    return list((await server.identities.ListIdentityVerifications(request)).verifications)


async def get(server, verification_id):
    request = pb.GetIdentityVerificationRequest(verification_id=verification_id)
    return (await server.identities.GetIdentityVerification(request)).verification


WHOLE = {
    "tier": "tier 2",
    "check_time": {"seconds": 1_000},
    "expire_time": {"seconds": 2_000, "nanos": 5_000},
    "provider": "Register",
    "provider_reference": "r-17",
    "description": "Passport\nand face",
}


async def test_a_verification_is_read_back_with_everything(server, bank):
    person = await bank.person()
    made = await verified(server, person.id, "DOCUMENT", "REVIEW", **WHOLE)
    assert made.id.startswith("ver_")
    expected = verification_pb2.IdentityVerification(
        id=made.id,
        identity_id=person.id,
        kind="VERIFICATION_KIND_DOCUMENT",
        outcome="VERIFICATION_OUTCOME_REVIEW",
        create_time=made.create_time,
        **WHOLE,
    )
    assert made == expected == await get(server, made.id)


async def test_what_is_not_told_was_checked_now_and_does_not_expire(server, bank):
    made = await verified(server, (await bank.person()).id)
    assert made.check_time == made.create_time
    assert not made.HasField("expire_time")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"kind": "UNSPECIFIED"}, "kind"),
        ({"outcome": "UNSPECIFIED"}, "outcome"),
        ({"tier": "a\nb"}, "tier"),
        ({"provider": "x" * 256}, "provider"),
        ({"description": "x" * 1_001}, "description"),
        ({"check_time": {"seconds": 4_000_000_000}}, "check_time"),
        ({"check_time": {"seconds": 10}, "expire_time": {"seconds": 10}}, "expire_time"),
        ({"expire_time": {"seconds": 10}}, "expire_time"),
    ],
)
async def test_what_is_malformed_is_named(server, bank, rejection, fields, field):
    person = await bank.person()
    rejected = await rejection(verified(server, person.id, **fields))
    assert (rejected.reason, rejected.fields) == ("FIELD_INVALID", [f"verification.{field}"])


async def test_a_verification_is_of_an_identity_that_exists(server, rejection):
    assert (await rejection(verified(server, f"idt_{NOBODY}"))).reason == "IDENTITY_NOT_FOUND"
    assert (await rejection(listed(server, f"idt_{NOBODY}"))).reason == "IDENTITY_NOT_FOUND"
    assert (await rejection(verified(server, ""))).fields == ["verification.identity_id"]


async def test_a_request_id_creates_once(server, bank, rejection):
    person = await bank.person()
    first = await verified(server, person.id, request_id="r", provider="x")
    assert await verified(server, person.id, request_id="r", provider="x") == first
    rejected = await rejection(
        verified(server, person.id, outcome="FAILED", request_id="r", check_time={"seconds": 1}, provider="x")
    )
    assert (rejected.reason, rejected.details["fields"]) == ("REQUEST_ID_CONFLICT", "outcome,check_time")
    assert await listed(server) == [first]


async def test_verifications_go_with_their_identity(server, bank, rejection, connection):
    person = await bank.person()
    made = await verified(server, person.id, request_id="r")
    await server.identities.DeleteIdentity(pb.DeleteIdentityRequest(identity_id=person.id))
    assert (await rejection(get(server, made.id))).details == {"verification": made.id}
    assert (await rejection(verified(server, person.id, request_id="r"))).reason == "VERIFICATION_NOT_FOUND"
    assert await connection.fetchval("SELECT count(*) FROM identity_verifications") == 0
    assert (await verify(connection)).faults == []


async def test_they_are_listed_by_identity_and_by_what_was_found(server, bank):
    ada, bob = await bank.person(), await bank.person()
    old = await verified(server, ada.id, "PEP", "PASSED", check_time={"seconds": 10}, expire_time={"seconds": 20})
    new = await verified(server, ada.id, "PEP", "FAILED", provider_reference="p-2", tier="1")
    other = await verified(server, bob.id, "AGE", "PENDING", provider="Acme")
    assert await listed(server) == [other, new, old]
    assert await listed(server, ada.id, order_by="create_time") == [old, new]
    for terms, found in (
        ("kind = PEP AND outcome = PASSED", [old]),
        ("outcome = VERIFICATION_OUTCOME_FAILED", [new]),
        ("expire_time < 2000-01-01T00:00:00Z", [old]),
        ("check_time > 2000-01-01T00:00:00Z", [other, new]),
        ("provider = Acme", [other]),
        ("provider_reference = p-2", [new]),
        ("tier = 1", [new]),
    ):
        assert await listed(server, filter=terms) == found, terms
    request = pb.ListIdentityVerificationsRequest(identity_id=ada.id, page_size=1, include_total=True)
    page = await server.identities.ListIdentityVerifications(request)
    assert (list(page.verifications), page.total_size) == ([new], 2)
    request.page_token = page.next_page_token
    assert list((await server.identities.ListIdentityVerifications(request)).verifications) == [old]


async def test_history_knows_that_something_was_verified_but_not_what(server, bank, connection):
    person = await bank.person()
    await verified(server, person.id, "DOCUMENT", "FAILED", **WHOLE)
    rows = await connection.fetch("SELECT kind, payload::text AS told FROM events ORDER BY id")
    assert [row["kind"] for row in rows] == ["IDENTITY_CREATED", "IDENTITY_UPDATED"]
    for said in ("DOCUMENT", "FAILED", "Register", "r-17", "Passport"):
        assert said not in rows[1]["told"]
    assert json.loads(rows[1]["told"])["id"] == person.id


async def test_verifications_made_at_the_same_moment_are_all_proved(server, bank, connection):
    person = await bank.person()
    await asyncio.gather(*(verified(server, person.id, provider=str(number)) for number in range(20)))
    assert len(await listed(server, person.id)) == 20
    assert (await verify(connection)).faults == []
