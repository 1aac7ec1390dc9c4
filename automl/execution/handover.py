"""Hands an evaluator to other processes through files whose arrays are memory-mapped there."""

from __future__ import annotations

import mmap
import os
import pickle
from pathlib import Path
from typing import cast

import cloudpickle  # type: ignore[import-untyped]

from automl.execution.base import Evaluator

# Cache lines; enough for every numpy dtype.
_ALIGNMENT = 64
_OBJECT = "evaluator.pickle"
_ARRAYS = "evaluator.arrays"


def dump(evaluator: Evaluator, folder: Path) -> None:
    """Write an evaluator into a folder: its arrays in one file, all else in another.

    Pickle protocol 5 keeps contiguous arrays out of the pickle, so that they are written
    without a copy and read as a memory map that processes share. Functions and classes that
    no other process can import (of ``__main__``, closures, lambdas) go by value.

    Parameters
    ----------
    evaluator : Evaluator
    folder : Path

    Raises
    ------
    TypeError
        If something in the evaluator cannot be pickled.
    """
    buffers: list[pickle.PickleBuffer] = []
    try:
        pickled = cloudpickle.dumps(evaluator, protocol=5, buffer_callback=buffers.append)
    except Exception as error:
        raise TypeError(
            f"the evaluator cannot be sent to worker processes ({type(error).__name__}: {error}); "
            "define what it names at the top level of a module, or run with one job in this process"
        ) from error
    views = [buffer.raw() for buffer in buffers]
    with (folder / _ARRAYS).open("wb") as file:
        for view in views:
            file.write(view)
            file.write(bytes(-view.nbytes % _ALIGNMENT))
    with (folder / _OBJECT).open("wb") as file:
        pickle.dump([view.nbytes for view in views], file)
        file.write(pickled)


def load(folder: Path) -> Evaluator:
    """Read what `dump` wrote; its arrays are read-only views of the mapped file.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    Evaluator
    """
    with (folder / _ARRAYS).open("rb") as file:
        # A file of no bytes cannot be mapped.
        empty = file.seek(0, os.SEEK_END) == 0
        mapped = memoryview(b"" if empty else mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    with (folder / _OBJECT).open("rb") as file:
        buffers, start = [], 0
        for size in pickle.load(file):
            buffers.append(mapped[start : start + size])
            start += size + -size % _ALIGNMENT
        return cast("Evaluator", pickle.load(file, buffers=buffers))
