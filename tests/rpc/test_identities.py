"""IdentityService: the people and organizations that balances belong to."""

import asyncio
import json

from ledgerapi.v1 import identity_pb2
from ledgerapi.v1 import identity_service_pb2 as pb


async def get(server, identity_id):
    return (await server.identities.GetIdentity(pb.GetIdentityRequest(identity_id=identity_id))).identity


async def create(server, **fields):
    request = pb.CreateIdentityRequest(identity=identity_pb2.Identity(**fields))
    return (await server.identities.CreateIdentity(request)).identity


async def update(server, identity_id, paths, **fields):
    identity = identity_pb2.Identity(id=identity_id, **fields)
    request = pb.UpdateIdentityRequest(identity=identity, update_mask={"paths": paths})
    return (await server.identities.UpdateIdentity(request)).identity


async def delete(server, identity_id):
    await server.identities.DeleteIdentity(pb.DeleteIdentityRequest(identity_id=identity_id))


PERSON = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "other_names": "Augusta",
    "gender": "female",
    "birth_date": "1915-12-10",
    "nationality": "GB",
}
CONTACT = {"category": "customer", "email_address": "ada@example.org", "phone_number": "+442079460958"}
ADDRESS = {"street": "1 Main", "country": "GB", "state": "London", "post_code": "W1", "city": "London"}


async def test_a_person_is_read_back_with_everything(server):
    created = await create(server, individual=PERSON, **CONTACT, **ADDRESS, metadata={"vip": True})
    assert created.identity_type == identity_pb2.IDENTITY_TYPE_INDIVIDUAL
    assert {name: getattr(created.individual, name) for name in PERSON} == PERSON
    assert {name: getattr(created, name) for name in (*CONTACT, *ADDRESS)} == {**CONTACT, **ADDRESS}
    assert await get(server, created.id) == created


async def test_an_organization_is_read_back(server):
    created = await create(server, organization={"name": "Bank A"}, **CONTACT)
    assert created.identity_type == identity_pb2.IDENTITY_TYPE_ORGANIZATION
    assert created.organization.name == "Bank A"
    assert {name: getattr(created, name) for name in CONTACT} == CONTACT


async def test_details_are_required_and_tell_the_type(server, rejection):
    assert (await rejection(create(server, street="x"))).fields == ["identity.individual"]
    created = await create(server, individual={}, identity_type="IDENTITY_TYPE_ORGANIZATION")
    assert (created.identity_type, created.HasField("individual")) == (identity_pb2.IDENTITY_TYPE_INDIVIDUAL, True)


async def test_every_malformed_field_is_named(server, rejection):
    rejected = await rejection(
        create(
            server,
            individual={"first_name": "x" * 256, "birth_date": "10.12.1915", "nationality": "British"},
            email_address="Ada",
            phone_number="12",
            category="x" * 256,
            city="a\nb",
            country="UK",
        )
    )
    assert set(rejected.fields) == {
        "identity.individual.first_name",
        "identity.individual.birth_date",
        "identity.individual.nationality",
        "identity.email_address",
        "identity.phone_number",
        "identity.category",
        "identity.city",
        "identity.country",
    }


async def test_contact_is_kept_in_one_form(server):
    created = await create(
        server, individual={}, email_address="Ada.Lovelace@EXAMPLE.org", phone_number="+44 (0)20 7946-0958"
    )
    assert (created.email_address, created.phone_number) == ("Ada.Lovelace@example.org", "+442079460958")
    changed = await update(server, created.id, ["phone_number"], phone_number="+234 801 234 5678", email_address="x")
    assert (changed.email_address, changed.phone_number) == (created.email_address, "+2348012345678")


async def test_nobody_is_born_in_the_future(server, rejection, connection):
    today, later = await connection.fetchrow("SELECT current_date::text, (current_date + 3)::text")
    born = await create(server, individual={"birth_date": today})
    for call in (
        create(server, individual={"birth_date": later}),
        update(server, born.id, ["individual"], individual={"birth_date": later}),
    ):
        rejected = await rejection(call)
        assert (rejected.reason, rejected.fields) == ("FIELD_INVALID", ["identity.individual.birth_date"])


async def test_a_request_id_creates_once(bank, rejection):
    first = await bank.person("r", country="GB")
    assert await bank.person("r", country="GB") == first
    rejected = await rejection(bank.person("r", country="FR", individual={"first_name": "Bo"}))
    assert set(rejected.details["fields"].split(",")) == {"country", "individual.first_name"}


async def test_a_request_id_does_not_bring_back_what_was_deleted(server, bank, rejection):
    person = await bank.person("r")
    await delete(server, person.id)
    rejected = await rejection(bank.person("r"))
    assert (rejected.reason, rejected.details) == ("IDENTITY_NOT_FOUND", {"identity": person.id})


async def test_what_is_kept_of_a_request_is_no_personal_data(bank, connection):
    await bank.person("r", individual={"last_name": "Lovelace"})
    assert "Lovelace" not in await connection.fetchval("SELECT content::text FROM creations")


async def test_only_what_the_mask_names_changes(server):
    person = await create(server, individual=PERSON, **ADDRESS)
    changed = await update(server, person.id, ["city", "metadata"], city="Paris", metadata={"a": 1}, country="FR")
    assert (changed.city, changed.country, changed.individual) == ("Paris", "GB", person.individual)
    changed = await update(server, person.id, ["individual"], individual={"last_name": "Byron"})
    assert changed.individual == identity_pb2.Individual(last_name="Byron")
    assert (changed.city, dict(changed.metadata)) == ("Paris", {"a": 1})
    changed = await update(server, person.id, ["city"])
    assert changed.city == ""


async def test_a_person_does_not_become_an_organization(server, bank, rejection):
    person = await bank.person()
    rejected = await rejection(update(server, person.id, ["organization"], organization={"name": "X"}))
    assert (rejected.reason, rejected.fields) == ("FIELD_INVALID", ["update_mask"])
    assert (await rejection(update(server, person.id, ["individual"]))).fields == ["identity.individual"]


async def test_other_paths_are_rejected(server, bank, rejection):
    person = await bank.person()
    for path in ("identity_type", "individual.first_name", "id", "*"):
        assert (await rejection(update(server, person.id, [path]))).fields == ["update_mask"]


async def test_an_unknown_identity_is_not_found(server, bank, rejection):
    unknown = "idt_" + (await bank.ledger()).id[4:]
    for call in (get(server, unknown), update(server, unknown, ["city"]), delete(server, unknown)):
        assert (await rejection(call)).reason == "IDENTITY_NOT_FOUND"


async def test_a_linked_identity_cannot_be_deleted(server, bank, rejection):
    person = await bank.person()
    balance = await bank.balance(identity_id=person.id)
    rejected = await rejection(delete(server, person.id))
    assert (rejected.code, rejected.reason) == ("FAILED_PRECONDITION", "IDENTITY_LINKED")
    assert rejected.details == {"identity": person.id, "balances": "1", "transactions": "0"}
    await bank.change(balance.id, ["identity_id"])
    await delete(server, person.id)
    assert (await rejection(get(server, person.id))).reason == "IDENTITY_NOT_FOUND"


async def test_nobody_is_deleted_while_a_balance_is_being_linked(server, bank, connection):
    ledger = await bank.ledger()
    for _ in range(10):
        person = await bank.person()
        await asyncio.gather(
            *(bank.balance(ledger_id=ledger.id, identity_id=person.id) for _ in range(4)),
            delete(server, person.id),
            return_exceptions=True,
        )
    assert await connection.fetchval("SELECT count(*) FROM balances WHERE identity_id IS NOT NULL") % 4 == 0
    missing = "SELECT count(*) FROM balances WHERE identity_id NOT IN (SELECT id FROM identities)"
    assert await connection.fetchval(missing) == 0


async def test_history_knows_that_but_not_who(server, bank, connection):
    person = await bank.person(individual={"last_name": "Lovelace"})
    await update(server, person.id, ["city"], city="Paris")
    await delete(server, person.id)
    rows = await connection.fetch("SELECT kind, payload FROM events ORDER BY id")
    assert [row["kind"] for row in rows] == ["IDENTITY_CREATED", "IDENTITY_UPDATED", "IDENTITY_DELETED"]
    told = [json.loads(row["payload"]) for row in rows]
    assert {details.pop("id") for details in told} == {person.id}
    # Of the two digests the salt is gone with the row.
    assert [set(details) for details in told] == [{"settings_digest"}, {"changed", "settings_digest"}, set()]


async def test_the_balances_of_an_identity_are_listed(server, bank, rejection):
    person, other = await bank.person(), await bank.person()
    for tag in "abc":
        await bank.balance(identity_id=person.id, tag=tag)
    await bank.balance(identity_id=other.id)

    async def listed(**fields):
        request = pb.ListIdentityBalancesRequest(identity_id=person.id, **fields)
        return "".join(balance.tag for balance in (await server.identities.ListIdentityBalances(request)).balances)

    assert await listed() == "cba"
    assert await listed(order_by="create_time", filter="tag != b") == "ac"
    unknown = pb.ListIdentityBalancesRequest(identity_id="idt_" + (await bank.ledger()).id[4:])
    assert (await rejection(server.identities.ListIdentityBalances(unknown))).reason == "IDENTITY_NOT_FOUND"
