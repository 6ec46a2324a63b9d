"""The GPUs that a pool can have, as data.

Sources: NVIDIA's MIG user guide (slices, "all-balanced" and "all-1g.10gb" of mig-parted's default configuration), CUDA's table
of compute capabilities, PCI ids of vendor 10de; memory in MiB as `nvidia-smi` prints it. Machines are Amazon's of that GPU.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

DRIVER, CUDA = "580.95.05", "13.0"
OLDER_DRIVER, OLDER_CUDA = "535.183.06", "12.2"


@dataclass(frozen=True)
class Slice:
    """A kind of MIG device: memory in MiB, and its share of the GPU's multiprocessors and engines."""

    name: str
    memory: int
    multiprocessors: int
    slices: int
    copy: int
    decoder: int
    jpeg: int


@dataclass(frozen=True)
class Profile:
    """A GPU model on a machine with so many CPUs and GiB of memory.

    `mixed` and `single` are how many MIG devices of each kind one GPU gives.
    """

    name: str
    product: str
    memory: int
    family: str
    compute: str
    machine: str
    pci: str
    cpu: int
    ram: int
    slices: Mapping[str, Slice] = field(default_factory=dict, hash=False)
    mixed: Mapping[str, int] = field(default_factory=dict, hash=False)
    single: Mapping[str, int] = field(default_factory=dict, hash=False)
    driver: str = DRIVER
    cuda: str = CUDA


def _slices(*found: Slice) -> dict[str, Slice]:
    return {one.name: one for one in found}


BALANCED = {"1g.10gb": 2, "2g.20gb": 1, "3g.40gb": 1}
SMALLEST = {"1g.10gb": 7}
PROFILES = {
    one.name: one
    for one in (
        Profile("t4", "Tesla T4", 15360, "turing", "7.5", "g4dn.metal", "1eb8", 96, 384),
        Profile(
            "a100-80gb", "NVIDIA A100-SXM4-80GB", 81920, "ampere", "8.0", "p4de.24xlarge", "20b2", 96, 1152,
            _slices(
                Slice("1g.10gb", 9728, 14, 1, 1, 0, 0),
                Slice("2g.20gb", 19968, 28, 2, 2, 1, 0),
                Slice("3g.40gb", 40192, 42, 3, 3, 2, 0),
            ), BALANCED, SMALLEST,
        ),
        Profile(
            "h100-80gb", "NVIDIA H100 80GB HBM3", 81559, "hopper", "9.0", "p5.48xlarge", "2330", 192, 2048,
            _slices(
                Slice("1g.10gb", 9984, 16, 1, 1, 1, 1),
                Slice("2g.20gb", 20096, 32, 2, 2, 2, 2),
                Slice("3g.40gb", 40448, 60, 3, 3, 3, 3),
            ), BALANCED, SMALLEST,
        ),
    )
}  # fmt: skip
