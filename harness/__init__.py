"""Give an exercise a running cluster: engine, kind, images, fake GPUs, apply."""
