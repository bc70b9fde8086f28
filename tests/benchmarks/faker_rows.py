"""The usual way: one Faker call for each value, row by row, into a csv writer."""

from __future__ import annotations

import csv
import datetime
import random
from pathlib import Path

from faker import Faker

START, END = datetime.date(2017, 1, 1), datetime.date(2020, 12, 31)
HEADER = (
    "SubscriptionId", "Subscription Start Date", "Name", "Tenure (Months)", "CLTV",
    "Last 30 Days Spend Trend", "Last 30 Days Data Usage Trend", "Topup Frequency Trend",
    "Dummy_Category", "Subscription Type", "Churned",
)  # fmt: skip


def row(fake: Faker, rng: random.Random) -> tuple[object, ...]:
    """One row of the churn table."""
    return (
        fake.unique.bban(),
        fake.date_between(START, END),
        fake.name(),
        min(100, max(3, round(rng.gauss(16, 8)))),
        min(5000, max(0, round(rng.gauss(-40, 20)))),
        round(rng.gauss(rng.choice((10, -10)), 5), 2),
        round(rng.gauss(10, 5), 2),
        round(rng.gauss(-40, 20), 2),
        rng.choice(("Status1", "Status2", "Status3")),
        rng.choices(("Gold", "Silver", "Bronze"), (0.5, 0.3, 0.2))[0],
        rng.choices(("Active", "Inactive"), (0.9, 0.1))[0],
    )


def write_csv(rows: int, path: Path) -> None:
    fake, rng = Faker(), random.Random(7)
    Faker.seed(7)
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(row(fake, rng) for _ in range(rows))
