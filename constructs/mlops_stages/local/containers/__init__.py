"""Containers for code that is not ours: one kind, made by bubblewrap or by Linux namespaces."""

from mlops_stages.local.containers.container import Container, ContainerError
from mlops_stages.local.containers.kinds import OFF, REFUSED, SETTING, Kind, about, described, kind
from mlops_stages.local.containers.limits import GIB, MIB, Limits, of_function, of_machine
from mlops_stages.local.containers.processes import Ending, Started, StepProcess, running
from mlops_stages.local.containers.starting import run, start

__all__ = [
    "GIB",
    "MIB",
    "OFF",
    "REFUSED",
    "SETTING",
    "Container",
    "ContainerError",
    "Ending",
    "Kind",
    "Limits",
    "Started",
    "StepProcess",
    "about",
    "described",
    "kind",
    "of_function",
    "of_machine",
    "run",
    "running",
    "start",
]
