"""Send a service the traffic its users send, from inside the cluster, and say what came back."""
