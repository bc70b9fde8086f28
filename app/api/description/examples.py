"""Examples in the OpenAPI description; each one can be sent as it is."""

from __future__ import annotations

CHURN = {
    "name": "churn",
    "n_samples": 1000,
    "seed": 7,
    "schema": {
        "features": {
            "SubscriptionId": {"type": "id", "format": "bban"},
            "Subscription Start Date": {
                "type": "date",
                "start_date": "2017-01-01",
                "end_date": "2020-12-31",
            },
            "Name": {"type": "name"},
            "Tenure (Months)": {
                "type": "int",
                "min": 3,
                "max": 100,
                "buckets": {"mean": 16, "std": 8, "correlation": "positive", "strength": "high"},
            },
            "Subscription Type": {
                "type": "category",
                "cats": {
                    "Gold": {"proportion": 0.5, "correlation": "positive", "strength": "high"},
                    "Silver": {"proportion": 0.3, "correlation": "positive", "strength": "medium"},
                    "Bronze": {"proportion": 0.2, "correlation": "negative", "strength": "low"},
                },
            },
        },
        "target": {
            "Churned": {
                "type": "category",
                "positive": "Inactive",
                "cats": {"Active": {"proportion": 0.9}, "Inactive": {"proportion": 0.1}},
            }
        },
    },
}

JOB_REQUEST = {
    "kind": "generate",
    "schema": CHURN,
    "n_samples": 2000,
    "seed": 8,
    "formats": ["csv", "parquet"],
}

PROBLEM = {
    "type": "/problems/invalid-definition",
    "title": "The definition is at fault",
    "status": 422,
    "detail": "line 12, schema.features.Tenure.buckets.std: must not be below 0",
    "errors": [
        {
            "path": "schema.features.Tenure.buckets.std",
            "line": 12,
            "message": "must not be below 0",
            "hint": None,
        }
    ],
}
