"""Every answer to a request with a request id says whether the call made something, or an earlier call had made it."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from google.protobuf import field_mask_pb2
from google.protobuf.message_factory import GetMessageClass

from ledgerd.rpc.server import SERVICES
from tests.conftest import Server
from tests.rpc import contract, wire
from tests.rpc.contract import identities, ledgers, monitors, pb

METHODS = {method.name: method for service in SERVICES for method in service.methods}
KEYED = {name: method for name, method in METHODS.items() if "request_id" in method.input_type.fields_by_name}
ADA = {"individual": {"first_name": "Ada"}}
EURO = {"ledger_id": wire.GENERAL_LEDGER, "currency": "EUR"}


async def verification(server: Server) -> Any:
    ada = await server.identities.CreateIdentity(identities.CreateIdentityRequest(identity=ADA))
    checked = {"identity_id": ada.identity.id, "kind": "VERIFICATION_KIND_PEP", "check_time": {"seconds": 1}}
    checked["outcome"] = "VERIFICATION_OUTCOME_PASSED"
    return identities.CreateIdentityVerificationRequest(verification=checked)


async def monitor(server: Server) -> Any:
    condition = {"field": "MONITOR_FIELD_BALANCE", "operator": "COMPARISON_OPERATOR_GREATER"}
    condition["threshold"] = {"decimal": "5"}
    till = await wire.open_balance(server)
    return monitors.CreateMonitorRequest(monitor={"balance_id": till, "conditions": [condition]})


def plain(request: Any) -> Callable[[Server], Awaitable[Any]]:
    async def made(server: Server) -> Any:
        return request

    return made


REQUESTS: dict[str, Callable[[Server], Awaitable[Any]]] = {
    "CreateLedger": plain(ledgers.CreateLedgerRequest(ledger={"name": "Customers"})),
    "CreateBalance": plain(ledgers.CreateBalanceRequest(balance=EURO)),
    "BatchCreateBalances": plain(ledgers.BatchCreateBalancesRequest(requests=[{"balance": EURO}] * 2)),
    "CreateIdentity": plain(identities.CreateIdentityRequest(identity=ADA)),
    "BatchCreateIdentities": plain(identities.BatchCreateIdentitiesRequest(requests=[{"identity": ADA}] * 2)),
    "CreateIdentityVerification": verification,
    "CreateMonitor": monitor,
    "PostBatch": plain(pb.PostBatchRequest(operations=wire.drafts(2), run_async=True)),
}


def test_every_call_with_a_request_id_is_here_and_its_answer_has_the_field() -> None:
    served = {name for name, method in KEYED.items() if method.containing_service.name != "ReconciliationService"}
    assert served == REQUESTS.keys()
    for name, method in KEYED.items():
        assert "replayed" in method.output_type.fields_by_name, name


@pytest.mark.parametrize("name", REQUESTS)
async def test_an_answer_says_whether_an_earlier_call_made_it(server: Server, name: str) -> None:
    request, call = await REQUESTS[name](server), contract.stub(server, METHODS[name])
    request.request_id = "once"
    first, again = await call(request), await call(request)
    assert (first.replayed, again.replayed) == (False, True)
    again.replayed = False
    if name != "PostBatch":  # The batch goes on in between.
        assert again == first
    if name != "PostBatch":
        keyless = type(request)()
        keyless.CopyFrom(request)
        keyless.request_id = ""
        assert [(await call(keyless)).replayed for _ in range(2)] == [False, False]


async def test_a_balance_that_is_created_with_its_identity(server: Server) -> None:
    request = identities.CreateIdentityRequest(identity=ADA, balances=[EURO], request_id="once")
    answers = [await server.identities.CreateIdentity(request) for _ in range(2)]
    assert [answer.replayed for answer in answers] == [False, True]
    assert answers[0].balances == answers[1].balances


async def test_what_an_earlier_call_made_is_shown_as_it_is_now(server: Server) -> None:
    request = ledgers.CreateLedgerRequest(ledger={"name": "Old"}, request_id="once")
    made = (await server.ledgers.CreateLedger(request)).ledger
    mask = field_mask_pb2.FieldMask(paths=["name"])
    changed = {"id": made.id, "name": "New"}
    await server.ledgers.UpdateLedger(ledgers.UpdateLedgerRequest(ledger=changed, update_mask=mask))
    again = await server.ledgers.CreateLedger(request)
    assert (again.ledger.id, again.ledger.name, again.replayed) == (made.id, "New", True)


async def test_a_batch_that_is_rejected_at_once_is_no_repetition(server: Server) -> None:
    malformed = GetMessageClass(METHODS["PostBatch"].input_type)(
        operations=[{"post": {"reference": "m"}}], mode=wire.ATOMIC, run_async=True, request_id="once"
    )
    assert [(await server.transactions.PostBatch(malformed)).replayed for _ in range(2)] == [False, False]
