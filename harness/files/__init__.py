"""What files say, whoever wrote them: YAML with its lines, objects of Kubernetes, quantities, edits."""
