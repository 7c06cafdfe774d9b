"""What does the federation share? The hub: roster, mirror and witness, without readable personal data."""
