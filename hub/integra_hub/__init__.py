"""What does the federation share? The hub: roster, mirror, witness; no readable personal data."""
