"""One rule for every label and one for all prose, whichever field they come in."""

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.struct_pb2 import Struct
from ledgerapi.v1 import operation_pb2

from ledgerd.core.model import limits, text
from ledgerd.wire import decode
from tests.conftest import Server
from tests.rpc import contract, wire
from tests.rpc.contract import ledgers, pb

LABELS = {
    "reference": 255,
    "group": 255,
    "tag": 255,
    "name": 255,
    "category": 255,
    "on_behalf_of": 255,
    "request_id": 128,
    "etag": 64,
    **dict.fromkeys(("street", "state", "post_code", "city"), 255),
    **dict.fromkeys(("tier", "provider", "provider_reference"), 255),
    **dict.fromkeys(("first_name", "last_name", "other_names", "gender"), 255),
}
LABELS |= {"records_path": 255, "column": 255, "credit_words": 64, "debit_words": 64}
LABELS |= {"booked_words": 64, "pending_words": 64, "information_words": 64}
PROSE = {"description": 1_000, "review_reason": 1_000, "reason": 1_000}
FORMS = {
    # Ids.
    *(
        "id",
        "ledger_id",
        "balance_id",
        "balance_ids",
        "transaction_id",
        "batch_id",
        "monitor_id",
        "monitor_ids",
        "event_id",
    ),
    *("identity_id", "identity_ids", "verification_id", "event_id", "after_cursor", "page_token"),
    *("external_source_id", "upload_id", "external_record_id", "matching_rule_id", "matching_rule_set_id"),
    *("auto_confirmed_matching_rule_ids", "ledger_ids", "upload_ids", "age_buckets_external_source_id"),
    *("external_record_ids", "reconciliation_id", "reconciliation_exception_id", "begin_date", "end_date"),
    *("reconciliation_statement_id", "date"),
    *("reconciliation_adjustment_id", "reconciliation_adjustment_ids"),
    # How files are read.
    *("time_zone", "encoding", "delimiter", "quote", "decimal_mark", "thousands_separator", "date_format", "field"),
    # Amounts.
    *("amount", "precise_amount", "overdraft_limit", "precise_overdraft_limit", "percent"),
    *("precise", "decimal"),
    # Names with a narrower form of their own, and a language.
    *("currency", "indicator", "source", "destination", "balance", "filter", "order_by"),
    *("default_currency", "email_address", "phone_number", "country", "nationality", "birth_date"),
}
"""What is no free text. None of it takes anything but ASCII, other than values in filters and email addresses."""
FIGURES = ("Figures", "FigureDecimals")
OUTPUT = {
    *(f"{of}.{name}" for of in FIGURES for name in ("balance", "credit_balance", "debit_balance", "available")),
    *(f"{of}.inflight_{name}" for of in FIGURES for name in ("balance", "credit_balance", "debit_balance")),
}
"""Output only: never read."""

GOOD = {
    "Persian with a joiner": "می‌خواهم",
    "a family of emoji": "👩‍👩‍👧",
    "letters and their accents apart": "e\u0301",
    "letters and their accents in one": "é",
    "wide space": "山田\u3000太郎",
    "no-break space": "a\u00a0b",
    "punctuation": "a'b\"c\\d/%_*(){}[]<>=!?;:,.-+@#$&|~^`",
    "Arabic": "شركة",
    "above the first plane": "𝔘𐍈",
}
BAD = {
    "NUL": "a\x00b",
    "escape": "a\x1b[31mb",
    "delete": "a\x7fb",
    "C1 control": "a\x85b",
    "line separator": "a\u2028b",
    "paragraph separator": "a\u2029b",
    "right-to-left override": "a\u202eb",
    "left-to-right embedding": "a\u202ab",
    "right-to-left isolate": "a\u2067b",
    "left-to-right mark": "a\u200eb",
    "zero width space": "a\u200bb",
    "byte order mark": "a\ufeffb",
    "soft hyphen": "a\u00adb",
    "private use": "a\ue000b",
    "unassigned": "a\u0378b",
    "no character": "a\ufffeb",
}
LINES = {"tab": "a\tb", "line break": "a\nb", "carriage return": "a\r\nb"}


def texts() -> list[tuple[contract.MethodDescriptor, contract.Path]]:
    found = []
    for method in contract.METHODS:
        for path in contract.paths(method.input_type):
            last = path[-1]
            if last.name == "etag" and method.name.startswith(("Create", "BatchCreate")):
                continue  # Output only.
            if last.type == FieldDescriptor.TYPE_STRING and last.full_name.removeprefix("ledgerapi.v1.") not in OUTPUT:
                found.append((method, path))
    return found


def test_every_text_that_comes_in_is_of_a_known_sort() -> None:
    assert {path[-1].name for _, path in texts()} == LABELS.keys() | PROSE.keys() | FORMS
    assert LABELS["reference"] == limits.REFERENCE_MAX_CHARS
    assert LABELS["request_id"] == limits.REQUEST_ID_MAX_CHARS
    assert PROSE["description"] == limits.DESCRIPTION_MAX_CHARS


@pytest.mark.slow
async def test_every_text_of_a_sort_is_judged_alike(server: Server) -> None:
    wrong = []
    for method, path in texts():
        name = path[-1].name
        if name in FORMS or contract.text(path) == "requests[0].request_id":
            continue  # The request id of a batch is its own, and its items have none.
        is_prose = name in PROSE
        length = (LABELS | PROSE)[name]
        good = [*GOOD.values(), "é" * length, *(LINES.values() if is_prose else ())]
        bad = [*BAD.values(), "é" * (length + 1), *(() if is_prose else LINES.values())]
        for value in good + bad:
            told = bool(contract.names(method, path) & {*await contract.violations(server, method, path, value)})
            if told != (value in bad):
                wrong.append((method.name, contract.text(path), ascii(value[:20]), told))
    assert wrong == []


async def test_what_has_a_form_of_its_own_takes_no_other_text(server: Server) -> None:
    """Filters may compare with any text: what they look for was perhaps recorded under another rule."""
    silent = set()
    for method, path in texts():
        if path[-1].name not in FORMS - {"filter", "order_by", "after_cursor", "page_token"}:
            continue
        if "clear_threshold" in contract.text(path):
            continue  # Not supported yet: whatever is in it.
        for value in ("é", "a\x00b", "a\u202eb"):
            if not await contract.violations(server, method, path, value):
                silent.add((method.name, contract.text(path)))
    assert silent == NOT_READ


NOT_READ = {
    *(("CreateLedger", "ledger.id"), ("CreateBalance", "balance.id"), ("CreateMonitor", "monitor.id")),
    *(("BatchCreateBalances", "requests[0].balance.id"), ("BatchCreateIdentities", "requests[0].balances[0].id")),
    *(("BatchCreateIdentities", "requests[0].identity.id"), ("CreateIdentity", "balances[0].id")),
    *(("CreateExternalSource", "external_source.id"), ("CreateMatchingRuleSet", "matching_rule_set.id")),
    *(("CreateIdentity", "identity.id"), ("CreateIdentityVerification", "verification.id")),
    *(("UpdateBalance", f"balance.{name}") for name in ("ledger_id", "indicator", "currency")),
    ("UpdateMonitor", "monitor.balance_id"),
    *(
        (method, f"{path}.deferred_{side}.{name}")
        for method, path in (
            *(("CreateBalance", "balance"), ("UpdateBalance", "balance"), ("CreateIdentity", "balances[0]")),
            ("BatchCreateBalances", "requests[0].balance"),
            ("BatchCreateIdentities", "requests[0].balances[0]"),
        )
        for side in ("debit", "credit")
        for name in ("precise", "decimal", "currency")
    ),
}
"""Output only, or never changed by an update."""


async def test_no_metadata_takes_a_reserved_key(server: Server) -> None:
    taken, metadata = set(), Struct()
    metadata["ledgerd:origin"] = "x"
    for method in contract.METHODS:
        for path in contract.paths(method.input_type):
            if path[-1].message_type is Struct.DESCRIPTOR:
                taken.add(path[-1].containing_type.name)
                assert contract.names(method, path) & {*await contract.violations(server, method, path, metadata)}
    assert taken == {
        "Ledger",
        "Balance",
        "ExternalSource",
        "Identity",
        "Monitor",
        "Draft",
        "PostBatchRequest",
        "PostStreamChunk",
        "CommitHold",
        "VoidHold",
        "AdjustHold",
        "RefundTransaction",
        "CancelTransaction",
        "RescheduleTransaction",
        "ApproveTransaction",
        "DenyTransaction",
    }


@pytest.mark.parametrize("label", GOOD.values(), ids=GOOD.keys())
async def test_a_label_comes_back_as_it_was_given_and_is_found_by_it(server: Server, label: str) -> None:
    first = (await wire.record(server, wire.from_world(label, "@Sales", 1, group=label, tag=label))).transaction
    assert (first.reference, first.group, first.tag) == (label, label, label)
    assert await wire.transaction(server, reference=label) == first
    quoted = label.replace("\\", "\\\\").replace('"', '\\"')
    for field in ("reference", "group", "tag"):
        request = pb.ListTransactionsRequest(filter=f'{field} = "{quoted}"', page_size=1)
        page = await server.transactions.ListTransactions(request)
        assert list(page.transactions) == [first]
    balance_id = await wire.open_balance(server, group=label)
    second = await wire.open_balance(server, group=label)
    request = ledgers.ListBalancesRequest(filter=f'group = "{quoted}"', page_size=1, order_by="create_time")
    page = await server.ledgers.ListBalances(request)
    assert [balance.id for balance in page.balances] == [balance_id]
    request.page_token = page.next_page_token
    assert [balance.id for balance in (await server.ledgers.ListBalances(request)).balances] == [second]


async def test_texts_are_compared_by_code_point_and_never_normalised(server: Server) -> None:
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    made = [
        (await wire.record(server, wire.from_world(label, "@Sales", 1))).transaction for label in (composed, decomposed)
    ]
    assert len({transaction.id for transaction in made}) == 2
    joined, apart = "می‌خواهم", "میخواهم"
    assert not (await wire.record(server, wire.from_world(joined, "@Sales", 1))).replayed
    assert not (await wire.record(server, wire.from_world(apart, "@Sales", 1))).replayed
    assert (await wire.record(server, wire.from_world(joined, "@Sales", 1))).replayed


async def test_what_was_recorded_under_another_rule_stays_readable(server: Server, connection: wire.Any) -> None:
    """Texts are judged when they come in, not when they are read."""
    balance_id = await wire.open_balance(server)
    await connection.execute("UPDATE balances SET group_name = $1", "a\u202eb")
    request = ledgers.ListBalancesRequest(filter='group = "a\u202eb"')
    (found,) = (await server.ledgers.ListBalances(request)).balances
    assert (found.id, found.group) == (balance_id, "a\u202eb")


async def test_what_was_recorded_under_another_rule_is_repeated(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A caller who never heard the answer asks again, after the rule became stricter: it must not look rejected."""
    mark = "a\u200fb"

    def operations(hold_id: str, waiting_id: str) -> list[operation_pb2.Operation]:
        commit = operation_pb2.CommitHold(
            target=wire.target(hold_id), reference="commit", precise_amount="2", description=mark
        )
        void = operation_pb2.VoidHold(target=wire.target(hold_id), description=mark)
        cancel = operation_pb2.CancelTransaction(target=wire.target(waiting_id), description=mark)
        review = {"require_review": True, "review_reason": mark}
        return [
            wire.post(wire.from_world("posted", "@Sales", 1, description=mark, tag=mark)),
            wire.post(wire.from_world("reviewed", "@Sales", 1, **review)),
            operation_pb2.Operation(commit_hold=commit),
            operation_pb2.Operation(void_hold=void),
            operation_pb2.Operation(cancel=cancel),
        ]

    hold = await wire.hold(server, "hold", 5)
    deferred = (
        await wire.record(server, wire.from_world("deferred", "@Sales", 1, queue=True, require_review=True))
    ).transaction
    asked = operations(hold.id, deferred.id)
    with monkeypatch.context() as earlier:
        for module in (decode, text):
            earlier.setattr(module, "is_prose", lambda *_: True)
        earlier.setattr(decode, "is_label", lambda *_: True)
        first = await wire.batch(server, asked)
    assert wire.outcomes(first.results) == ["posted"] * len(asked)
    again = await wire.batch(server, asked)
    assert wire.outcomes(again.results) == ["replayed"] * len(asked)
    assert (await wire.record(server, asked[0].post)).replayed
    other = wire.from_world("posted", "@Sales", 2, description=mark, tag=mark)
    assert (await wire.rejection(wire.record(server, other))).reason == "REFERENCE_CONFLICT"
    new = wire.from_world("new", "@Sales", 1, description=mark, tag=mark)
    for preview in (True, False):
        rejection = await wire.rejection(wire.record(server, new, preview=preview))
        assert (rejection.reason, rejection.fields) == ("FIELD_INVALID", ("draft.description", "draft.tag"))
