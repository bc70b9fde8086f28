"""A data set described for machines: Croissant 1.1, JSON-LD over the words of schema.org.

The specification: https://docs.mlcommons.org/croissant/docs/croissant-spec-1.1.html. Readers of
Croissant want `https://schema.org/` for schema.org's words, with an s.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.engine.reports.made.schema import (
    BOOLEAN,
    DATE,
    INTEGER,
    MOMENT,
    NUMBER,
    TEXT,
    TIME,
)

CROISSANT = "croissant.json"
CONFORMS_TO = "http://mlcommons.org/croissant/1.1"
DATA_TYPES: Mapping[str, str] = {
    INTEGER: "sc:Integer",
    NUMBER: "sc:Float",
    BOOLEAN: "sc:Boolean",
    DATE: "sc:Date",
    MOMENT: "sc:DateTime",
    TIME: "sc:Time",
    TEXT: "sc:Text",
}
"""By the word of a report's schema."""
_OF_CROISSANT = (
    "annotation", "arrayShape", "citeAs", "column", "containedIn", "equivalentProperty",
    "excludes", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes",
    "isArray", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet",
    "references", "regex", "readLines", "repeated", "replace", "samplingRate", "sdVersion",
    "separator", "source", "subField", "transform", "unArchive", "value",
)  # fmt: skip
CONTEXT: Mapping[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "sc": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "prov": "http://www.w3.org/ns/prov#",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{name: f"cr:{name}" for name in _OF_CROISSANT},
}
READABLE = ("csv", "parquet", "tsv", "jsonl")
PLAIN, UNPLAIN = re.compile(r"[\w.]+", re.ASCII), re.compile(r"[^\w.]+", re.ASCII)
Document = Mapping[str, Any]


def croissant(document: Document) -> str:
    """The file `croissant.json`, of a report of made tables; see
    `app.engine.reports.made.document`. Same bytes for the same report."""
    described = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": CONFORMS_TO,
        "name": document["name"],
        "description": _description(document),
        "url": _url(document),
        "version": "1.0.0",
        "isLiveDataset": False,
        "citeAs": f"{document['name']}: synthetic data made by Tablesmith",
        **_if_known(document),
        **_responsible_use(document),
        "distribution": list(_files(document)),
        "recordSet": list(_record_sets(document)),
    }
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"


def _description(document: Document) -> str:
    return f"Synthetic data: {document['about']} Made: {document['provenance']['method']}."


def _url(document: Document) -> str:
    """A name made of the bytes, as the files have no address yet."""
    digests = [file["sha256"] for each in document["tables"] for file in each["files"]]
    return f"urn:sha256:{hashlib.sha256(' '.join(digests).encode()).hexdigest()}"


def _if_known(document: Document) -> dict[str, str]:
    known = {"license": document["licence"], "datePublished": _day(document)}
    return {name: each for name, each in known.items() if each}


def _day(document: Document) -> str:
    """When the last stage of the job that made the files was finished."""
    ends = [each["finished_at"] for each in document["timeline"] if each["finished_at"]]
    return max(ends)[:10] if ends else ""


def _responsible_use(document: Document) -> dict[str, Any]:
    """What is measured and what is not, in the words of Croissant RAI and PROV."""
    known, answers = document["provenance"], document["questions"]
    said = [f"{each['title']} {each['verdict']}. {each['sentence']}" for each in answers]
    limits = [text for each in answers for text in each["not_tested"]]
    settings = [f"{name}: {value}" for name, value in known["settings"]]
    return {
        "rai:dataCollection": f"{known['method']}; seed {known['seed']}",
        "rai:dataManipulationProtocol": settings,
        "rai:dataLimitations": list(dict.fromkeys(limits)),
        "rai:personalSensitiveInformation": said[-1:],
        "prov:wasGeneratedBy": {"@type": "prov:Activity", "prov:label": known["method"]},
    }


def _files(document: Document) -> Iterator[dict[str, Any]]:
    for each in document["tables"]:
        for file in each["files"]:
            yield {
                "@type": "cr:FileObject",
                "@id": _id(file["path"]),
                "name": file["path"],
                "contentUrl": file["path"],
                "contentSize": f"{file['bytes']} B",
                "encodingFormat": file["media_type"],
                "sha256": file["sha256"],
            }


def _record_sets(document: Document) -> Iterator[dict[str, Any]]:
    """One for each table, read from the first of its files that readers of Croissant know."""
    files = {each["name"]: each["files"] for each in document["tables"]}
    for each in document["schema"]:
        source = _source(files.get(each["name"], ()))
        found = {
            "@type": "cr:RecordSet",
            "@id": _id(each["name"]),
            "name": each["name"],
            "description": each["description"],
            "key": [{"@id": _id(each["name"], name)} for name in each["primary_key"]],
            "field": [_field(column, each, source) for column in each["columns"]],
        }
        yield {name: value for name, value in found.items() if value}


def _source(files: Sequence[Document]) -> str | None:
    order = [file["path"] for form in READABLE for file in files if file["format"] == form]
    return next(iter(order), files[0]["path"] if files else None)


def _field(column: Document, table: Document, source: str | None) -> dict[str, Any]:
    found = {
        "@type": "cr:Field",
        "@id": _id(table["name"], column["name"]),
        "name": column["name"],
        "description": _described(column, table),
        "dataType": DATA_TYPES[column["type"]],
        "source": source
        and {"fileObject": {"@id": _id(source)}, "extract": {"column": column["name"]}},
    }
    return {name: value for name, value in found.items() if value}


def _described(column: Document, table: Document) -> str:
    """A key says in words what it refers to: readers of Croissant join tables by `references`, and
    fail where the file of the other one is read in parts."""
    said = [column["description"]] if column["description"] else []
    for key in table["foreign_keys"]:
        if (other := key["columns"].get(column["name"])) is not None:
            said.append(f"Refers to {other} of {key['table']}.")
    return " ".join(said)


def _id(*names: str) -> str:
    """The names as they are where readers take them in an `@id`, which are letters, digits and few
    signs; with a digest of the name elsewhere, so that no two are the same."""
    return "/".join(map(_plain, names))


def _plain(name: str) -> str:
    if PLAIN.fullmatch(name):
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{UNPLAIN.sub('_', name)}-{digest}"
