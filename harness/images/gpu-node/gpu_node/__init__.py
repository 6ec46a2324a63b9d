"""A node's fake GPUs: a real kubelet device plugin, metrics in the form of dcgm-exporter, and faults on demand."""
