"""What stands in a file that somebody brings? Hostile bytes in, bounded rows or a refusal out."""
