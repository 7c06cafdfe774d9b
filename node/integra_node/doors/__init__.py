"""What may other systems take from this node? TAXII, OAI-PMH, DCAT-AP and Atom, all read only."""
