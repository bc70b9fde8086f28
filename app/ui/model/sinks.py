"""The kinds of places that tables are delivered to, by their names for people."""

from __future__ import annotations

NAMES = {
    "s3": "Amazon S3 or the like",
    "gcs": "Google Cloud Storage",
    "azure": "Azure Blob Storage",
    "postgresql": "PostgreSQL",
    "sql": "Another SQL database",
    "http": "HTTP upload",
    "crm_analytics": "Salesforce CRM Analytics",
    "local": "Folder of the service",
}


def sink_name(kind: str) -> str:
    return NAMES.get(kind, kind.replace("_", " "))
