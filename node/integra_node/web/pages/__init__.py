"""Which pages do staff see? One file per subject; handlers only decode, call and render."""
