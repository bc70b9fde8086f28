"""The examples that a person can begin with."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parents[1] / "assets" / "examples"
TITLES = {
    "churn": "Customer churn: who leaves, from tenure and plan",
    "churn_patent": "Customer churn as in the patent: buckets, labels and effects",
    "machine_failure": "Machine failure: rare, and predictable up to an AUC of 0.9",
    "credit_default": "Credit default: exact correlations with a rare label",
    "house_prices": "House prices: a number to predict, with a dial",
    "energy_use": "Energy use: a skewed number, exact correlations",
    "plan_choice": "Plan choice: three labels",
    "shop": "Shop: customers, their orders, and which come back",
    "patients": "Patients: nothing to predict, correlated measurements",
}


def example(name: str) -> str:
    """An example as YAML."""
    return (FOLDER / f"{name}.yaml").read_text(encoding="utf-8")
