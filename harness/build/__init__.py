"""What is compiled or downloaded for images and nodes, and how an image's folder says so."""
