"""The live stage: a scenario's steps played one after the other on a cluster, and what was seen meanwhile, as data."""
