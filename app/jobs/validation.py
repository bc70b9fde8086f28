"""What a request asks for besides its document: formats, sinks and options, checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from app.engine.errors import Fault
from app.engine.formats import DEFAULT_FORMAT, FORMATS, format_of, without_suffix
from app.engine.formats.shared.csv_options import csv_option_faults
from app.jobs.models import JobRequest
from app.sinks.base import Sink, SinkError
from app.sinks.registry import KINDS
from app.workers.worker_tasks import Compiled

MAX_SEED = 2**63 - 1
_OPTIONS: Mapping[str, tuple[bool | str, ...]] = {
    "escape_formulas": (True, False),
    "on_row_limit": ("split", "refuse"),
}


def chosen_formats(request: JobRequest, output_file: str | None) -> tuple[str, ...]:
    """The formats asked for, each once; else that of the output file; else csv."""
    if request.formats:
        return tuple(dict.fromkeys(request.formats))
    return (format_of(PurePosixPath(output_file or "")) or DEFAULT_FORMAT,)


def readable_formats(
    formats: tuple[str, ...], targets: Iterable[Mapping[str, Any]], sinks: Mapping[str, Sink]
) -> tuple[str, ...]:
    """The formats, and for each sink that could read none of them the one that it reads best."""
    for target in targets:
        sink = sinks.get(str(target.get("kind")))
        if sink is not None and sink.formats and not set(sink.formats) & set(formats):
            formats = (*formats, sink.formats[0])
    return formats


def formats_for_sinks(request: JobRequest, formats: Sequence[str]) -> frozenset[str]:
    """Those of a job's formats that nobody asked for: they were added for sinks that read no
    other one, and are for these alone."""
    return frozenset(formats) - frozenset(request.formats or formats[:1])


def chosen_targets(
    request: JobRequest, formats: tuple[str, ...], compiled: Compiled, sinks: Mapping[str, Sink]
) -> tuple[list[Mapping[str, Any]], tuple[Fault, ...]]:
    """Where the files go: the request's sinks, and `output_file` where it can be served; a
    warning where it cannot."""
    targets = list(request.sinks)
    if compiled.output_file is None:
        return targets, ()
    target = _output_target(compiled.output_file, formats[0], compiled.tables)
    fault = _sink_fault(target, sinks, "output_file")
    if fault is None:
        return [*targets, target], ()
    message = f"is not written on this service: {fault.message}"
    hint = "fetch the data from the job's result, or name a sink"
    return targets, (Fault("output_file", message, hint),)


def _output_target(output_file: str, form: str, tables: int) -> Mapping[str, Any]:
    """One table becomes the output file, with the suffix of the first format; several tables
    become files in a folder of its name without the suffix. A file that another job has left there
    stays."""
    path, target = PurePosixPath(output_file), {"kind": "local", "if_exists": "rename"}
    if tables > 1:
        return {**target, "folder": str(without_suffix(path))}
    suffix = FORMATS[form].suffix
    return {**target, "file": f"{without_suffix(path)}.{suffix}"}


def sink_faults(request: JobRequest, sinks: Mapping[str, Sink]) -> list[Fault]:
    """Everything that is wrong with where the files are to go."""
    places = enumerate(request.sinks)
    found = (_sink_fault(target, sinks, f"sinks[{place}]") for place, target in places)
    return [fault for fault in found if fault is not None]


def data_faults(request: JobRequest) -> list[Fault]:
    """Everything that is wrong with what a request says of the files and the rows in them."""
    faults = [
        Fault(f"formats[{place}]", f"there is no format {name!r}", _one_of(FORMATS))
        for place, name in enumerate(request.formats)
        if name not in FORMATS
    ]
    if request.n_samples is not None and request.n_samples < 0:
        faults.append(Fault("n_samples", f"{request.n_samples} rows are asked for", "0 or more"))
    if request.seed is not None and not 0 <= request.seed <= MAX_SEED:
        faults.append(Fault("seed", f"{request.seed} is no seed", f"from 0 to {MAX_SEED}"))
    return [*faults, *_option_faults(request.options)]


def _sink_fault(target: Mapping[str, Any], sinks: Mapping[str, Sink], path: str) -> Fault | None:
    kind = target.get("kind")
    if not isinstance(kind, str) or kind not in sinks:
        return _missing_sink(kind, sinks, path)
    try:
        sinks[kind].check(target)
    except SinkError as error:
        return Fault(path, str(error))
    return None


def _missing_sink(kind: object, sinks: Mapping[str, Sink], path: str) -> Fault:
    """A sink that this service does not have; of one that it could have, what it takes."""
    known = KINDS.get(kind) if isinstance(kind, str) else None
    if known is None or not known.needs:
        return Fault(path, f"there is no sink of kind {kind!r}", _one_of(sinks))
    message = f"the sink {kind!r} is switched off on this service"
    hint = f"its operator sets {known.needs}; else {_one_of(sinks)}"
    return Fault(path, message, hint)


def _option_faults(options: Mapping[str, Any]) -> list[Fault]:
    faults = []
    for name, value in options.items():
        if name == "csv":
            faults += _csv_faults(value)
            continue
        choices = _OPTIONS.get(name)
        if choices is None:
            known = _one_of((*_OPTIONS, "csv"))
            faults.append(Fault(f"options.{name}", "there is no such option", known))
        elif not any(type(value) is type(choice) and value == choice for choice in choices):
            fault = Fault(f"options.{name}", f"{value!r} is no choice", _one_of(choices))
            faults.append(fault)
    return faults


def _csv_faults(given: object) -> list[Fault]:
    return [
        Fault(f"options.csv.{key}" if key else "options.csv", message, hint)
        for key, message, hint in csv_option_faults(given)
    ]


def _one_of(names: Iterable[object]) -> str:
    listed = ", ".join(map(str, names))
    return f"one of {listed}" if listed else "none is set up on this service"
