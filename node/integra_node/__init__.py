"""What does one organisation run? The node: store, rules, actions, search, federation and pages."""
