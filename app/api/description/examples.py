"""Examples in the OpenAPI description; each one can be sent as it is."""

from __future__ import annotations

CHURN = {
    "name": "churn",
    "n_samples": 1000,
    "seed": 7,
    "schema": {
        "features": {
            "Customer ID": {"type": "id", "format": "sequence", "prefix": "C", "width": 6},
            "Name": {"type": "name"},
            "Tenure (Months)": {
                "type": "int",
                "min": 1,
                "max": 120,
                "distribution": {"gamma": {"a": 1.6, "scale": 18}},
                "correlation": "negative",
                "strength": "high",
            },
            "Plan": {
                "type": "category",
                "cats": {
                    "Gold": {"proportion": 0.3, "correlation": "negative", "strength": "medium"},
                    "Silver": {"proportion": 0.5},
                    "Bronze": {"proportion": 0.2, "correlation": "positive", "strength": "high"},
                },
            },
        },
        "target": {
            "Churned": {
                "type": "category",
                "positive": "yes",
                "cats": {"no": {"proportion": 0.9}, "yes": {"proportion": 0.1}},
                "auc": 0.8,
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
