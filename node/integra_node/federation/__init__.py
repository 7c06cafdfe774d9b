"""How this node talks to other members: the wire protocol over HTTP, in both directions."""
