"""``ledgerd reconcile`` in the domain's words: a bank with a set of rules, its files, and what the command says."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import timestamp_pb2
from ledgerapi.v1 import reconciliation_service_pb2 as pb

from ledgerd.cli.reconcile import Options, run_reconcile
from tests.conftest import Server
from tests.rpc import records, rules, wire

DAY = "2026-03-31"
MT940 = {"format": "FILE_FORMAT_MT940"}


@dataclass
class Bank:
    """A source that is called Bank, its balance @Giro, a set of rules that is called Rules, and a folder for files."""

    server: Server
    source_id: str
    folder: Path
    capsys: pytest.CaptureFixture[str]

    @classmethod
    async def open(
        cls, server: Server, folder: Path, capsys: pytest.CaptureFixture[str], profile: Any = records.CSV
    ) -> "Bank":
        balance_id = await wire.open_balance(server, indicator="@Giro")
        source = await records.source(server, "Bank", balance_ids=[balance_id], format_profile=profile)
        made = [await rules.create(server), await rules.create(server, criteria=[rules.REFERENCE])]
        named = {"name": "Rules", "rules": [{"matching_rule_id": rule.id} for rule in made]}
        await server.reconciliations.CreateMatchingRuleSet(pb.CreateMatchingRuleSetRequest(matching_rule_set=named))
        return cls(server, source.id, folder, capsys)

    async def post(self, reference: str, cents: int) -> None:
        """Money that the balance receives on the day of the file."""
        noon = timestamp_pb2.Timestamp()
        noon.FromJsonString(f"{DAY}T12:00:00Z")
        await wire.record(self.server, wire.from_world(reference, "@Giro", cents, effective_time=noon))

    async def read_as(self, profile: Any) -> None:
        """From now on its files are read in this way."""
        changed = {"id": self.source_id, "format_profile": profile}
        request = pb.UpdateExternalSourceRequest(external_source=changed, update_mask={"paths": ["format_profile"]})
        await self.server.reconciliations.UpdateExternalSource(request)

    def file(self, content: bytes | str, name: str = "march") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    async def reconcile(self, path: Path, **more: Any) -> "Said":
        """What the command says, and its exit code."""
        options = {
            "source": "Bank", "rules": "Rules", "target": self.server.target, "currency": "", "date": "",
            "by_effective_time": True, "only_file": False, "confirm": False, "all_matched": False, "html": None,
            "as_json": False,
        }  # fmt: skip
        self.capsys.readouterr()
        code = await run_reconcile(Options(file=path, **(options | more)))
        captured = self.capsys.readouterr()
        return Said(code, captured.out, captured.err)


@dataclass
class Said:
    code: int
    out: str
    err: str


def mt940(opening: str, closing: str, *lines: tuple[str, str], number: int = 1) -> str:
    """A statement of one day: references with amounts, as banks spell them (2,00)."""
    booked = "".join(
        f":61:2603310331{'D' if amount.startswith('-') else 'C'}{amount.lstrip('-')}NTRF{reference}\n"
        for reference, amount in lines
    )
    return (
        f":20:S{number}\n:25:NL08ABNA0123456789\n:28C:{number}\n:60F:C260330USD{opening}\n{booked}"
        f":62F:C260331USD{closing}\n-\n"
    )
