"""What do the bytes between organisations mean? Pure: bytes in, verified objects or errors out."""
