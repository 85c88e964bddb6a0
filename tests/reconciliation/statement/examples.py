"""A planted example: a bank account and a ledger that differ in every way there is, and texts that mean harm."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from ledgerd.core.model.reconciliation_statement import (
    Ignored,
    LedgerBalance,
    Matched,
    Open,
    OpenOutcome,
    Standing,
)
from ledgerd.reconciliation.report.page import Report
from ledgerd.reconciliation.statement import draw_up
from tests.reconciliation.statement.worlds import SCOPE, bank_statement, entry, record

SOURCE = "House bank <EUR>"
FIRST = date(2026, 1, 1)
DAY = date(2026, 3, 31)
HOSTILE = [
    "<script>document.title='hacked'</script>",
    '"><img src="https://example.com/x.png" onerror="alert(1)">',
    "</style><style>body{display:none}</style>",
    "{{ 7 * 7 }} {% raw %}",
    "paid \u202e00.000,1 RUE\u202c today",
    "קנייה 12 ₪",
    "&lt;b&gt; \x00\x07 javascript:alert(1)",
    "</title></head><base href='https://example.com/'>",
]
SHOPS = ["Bakery Lane & Sons", "Rail <Ltd>", "Olives, Oil", "Print House", "Harbour Rent"]


def standings() -> list[Standing]:
    """A quarter of card payments, of which most are matched."""
    found: list[Standing] = []
    for number in range(1, 600):
        day = FIRST + timedelta(days=number * 89 // 600)
        amount = (-1) ** (number % 4 > 0) * (1_000 + number * 7_919 % 90_000)
        texts = {"reference": f"INV-{number:05d}", "counterparty": SHOPS[number % len(SHOPS)]}
        of_bank = record(number, amount, day, account="DE89370400440532013000", **texts)
        of_ledger = entry(number, amount, day - timedelta(days=number % 3), **texts)
        if number % 37 == 0:
            fee = 25 + number % 50
            of_ledger = entry(number, amount + fee, day, **texts)
        if number % 23 == 0:
            outcome = list(OpenOutcome)[number % 4]
            found += [Open(row=of_bank, outcome=outcome)] if number % 2 else [Open(row=of_ledger, outcome=outcome)]
        elif number % 101 == 0:
            found.append(Ignored(row=of_bank, reason="the bank's test payment"))
        else:
            found.append(Matched(id=f"mch_{number:05d}", rule="by reference", rows=(of_bank, of_ledger)))
    for number, text in enumerate(HOSTILE, 1_000):
        row = record(number, -100, DAY, account="DE89370400440532013000", description=text, counterparty=text)
        found += [Open(row=row), Ignored(row=entry(number, 1, DAY, reference=text), reason=text)]
    return found


def example(*, lost: int = 0) -> Report:
    """The report. ``lost`` is what the bank's statement has that no record has."""
    rows = standings()
    in_bank = _total(rows, "BANK", before=DAY) + lost
    in_ledger = _total(rows, "LEDGER", before=DAY + timedelta(days=1))
    account = "DE89370400440532013000"
    statements = [
        bank_statement(
            3, opening=250_000, closing=250_000 + in_bank, opening_day=FIRST, closing_day=DAY - timedelta(days=1),
            account=account,
        )
    ]  # fmt: skip
    scope = replace(SCOPE, source_name=SOURCE, day=DAY)
    rows.append(Open(row=entry(9_999, 250_000, FIRST, description="opening balance, taken over")))
    ledger = LedgerBalance(
        total=in_ledger + 250_000, balances=(("bln_01jx3v9k2te8b9r5m4q7w6y0ha", in_ledger + 250_000),)
    )
    of_euros = draw_up(scope, statements, rows, ledger)
    francs = [Open(row=record(1, -4_200, DAY - timedelta(days=40), description="card fee"))]
    of_francs = draw_up(
        replace(scope, currency="CHF"),
        [],
        francs,
        LedgerBalance(total=0, balances=(("bln_01jx3v9k2te8b9r5m4q7w6y0hb", 0),)),
    )
    return Report(source_name=SOURCE, statements=(of_euros, of_francs), made_at=datetime(2026, 4, 1, 7, 30, tzinfo=UTC))


def _total(rows: list[Standing], side: str, before: date) -> int:
    found = [row for each in rows for row in (each.rows if isinstance(each, Matched) else [each.row])]
    return sum(row.amount for row in found if row.side == side and row.day < before)
