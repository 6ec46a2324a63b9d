"""What needs a container engine but no cluster: pipelines, played in their sandbox."""
