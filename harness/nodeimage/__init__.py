"""The image of a cluster's node: the one already here, the published one, or one built on this machine."""

from harness.nodeimage.choice import ensure

__all__ = ["ensure"]
