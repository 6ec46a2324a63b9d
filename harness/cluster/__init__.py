"""The kit's kind clusters: made, kept, and given components and nodes."""
