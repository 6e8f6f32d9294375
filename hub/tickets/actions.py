"""What guests may do with their own link."""
