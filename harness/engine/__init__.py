"""Container engines, and the nodes of clusters as they see them."""
