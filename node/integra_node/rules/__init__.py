"""What is allowed, and what follows from it?  Pure domain rules: no I/O, no clock, no randomness."""
