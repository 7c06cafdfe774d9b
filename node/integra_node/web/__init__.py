"""How do the people of one organisation work with their node? Pages and a JSON API."""
