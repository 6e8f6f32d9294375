"""What is measured: the gateway in a process of its own, and peers that do the same work their own way."""
