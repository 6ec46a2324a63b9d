"""A small training job: it looks for its GPUs, loads its data by workers over shared memory, trains, and keeps checkpoints."""
