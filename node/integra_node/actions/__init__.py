"""What staff and partners do: plain functions, one transaction each, no network, no event loop."""
