"""The bench at its smallest size: it measures everything that it says it measures. How fast is not looked at here."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from bench import report, service
from bench.__main__ import run
from bench.figures import Figures
from bench.plan import SMALLEST

MAY_BE_ZERO = ("rss_growth_mib", "watch_after_reply_", "two_process_least_share")
"""The memory of a server may also shrink, an event may come before the answer, and on a busy machine one of two servers
may do nothing in so short a time."""


async def measured() -> Figures:
    with service.data_directory() as data_dir:
        try:
            return await run(SMALLEST, data_dir, lambda _: None)
        finally:
            await service.remove_postgres(data_dir)


@pytest.mark.slow
async def test_every_figure_is_measured_and_printed(tmp_path: Path) -> None:
    figures = await measured()
    assert figures.faults == [] and figures.facts["history_proved"]
    assert {name for _, name, _ in report.RATES} <= figures.rates.keys()
    assert {name: figure.rates for name, figure in figures.rates.items() if min(figure.rates) <= 0} == {}
    assert report.BARS.keys() <= figures.values.keys()
    assert {
        name: value for name, value in figures.values.items() if value <= 0 and not name.startswith(MAY_BE_ZERO)
    } == {}

    text = io.StringIO()
    report.show(Console(file=text, width=200), figures)
    lines = text.getvalue().splitlines()
    for label, name, _ in report.RATES:
        (line,) = [line for line in lines if label in line]
        assert f"{figures.rates[name].median:,.0f}" in line
    assert sum("watch, " in line for line in lines) == 6
    assert any(line.startswith("The books hold (proved") for line in lines)

    report.write(figures, tmp_path / "latest.json")
    written = json.loads((tmp_path / "latest.json").read_text())
    assert written.keys() >= figures.rates.keys() | figures.values.keys()
    assert written["met"].keys() == report.BARS.keys()
