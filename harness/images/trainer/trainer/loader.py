"""Load the shards: each by a worker process that hands its rows over in shared memory, as data loaders do."""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.shared_memory import SharedMemory

from trainer import data
from trainer.errors import TrainingError


@contextmanager
def shards(dataset: str, workers: int) -> Iterator[list[memoryview]]:
    """Give the rows of each worker; without workers, one shard that this process makes itself.

    Raises: TrainingError where a worker died.
    """
    if not workers:
        alone = memoryview(bytearray(data.BYTES))
        data.fill(alone, dataset, 0)
        yield [alone]
        return
    memories = [SharedMemory(create=True, size=data.BYTES) for _ in range(workers)]
    try:
        _load(memories, dataset)
        yield [memory.buf for memory in memories]
    finally:
        for memory in memories:
            memory.unlink()


def _load(memories: list[SharedMemory], dataset: str) -> None:
    context = multiprocessing.get_context("fork")
    processes = [
        context.Process(target=data.fill, args=(memory.buf, dataset, shard)) for shard, memory in enumerate(memories)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    for number, process in enumerate(processes):
        if process.exitcode:
            raise TrainingError(f"loader worker {number} of {len(processes)} {_end(process.exitcode)}")


def _end(code: int) -> str:
    if code > 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name
    hint = "; it was writing to shared memory, /dev/shm" if name == "SIGBUS" else ""
    return f"was killed by {name}{hint}"
