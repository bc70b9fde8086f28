"""One column of real and of synthetic rows, laid over one another."""

from __future__ import annotations

from app.engine.reports.charts.chart import Chart, Palette, percent
from app.engine.reports.charts.shares import Shares, largest_gap, shares_chart
from app.engine.reports.margins import Margin


def margin_chart(margin: Margin, palette: Palette) -> Chart:
    """Bars are real rows, lines synthetic ones: shares of all rows."""
    return shares_chart(
        Shares(
            margin.column,
            _described(margin),
            margin.is_label,
            margin.places,
            margin.real,
            margin.synthetic,
            ("real", "synthetic"),
        ),
        palette,
    )


def _described(margin: Margin) -> str:
    place, real, made = largest_gap(margin.real, margin.synthetic, margin.places)
    return (
        f"Shares of rows by {margin.column}. They differ most at {place}: "
        f"real {percent(real)}, synthetic {percent(made)}."
    )
