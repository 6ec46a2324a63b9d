"""The workloads' images, and the containers that run what strangers wrote."""
