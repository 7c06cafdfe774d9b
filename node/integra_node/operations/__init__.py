"""What administrators need: to know, to keep, to repair."""
