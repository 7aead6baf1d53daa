"""What each screen costs, and whether that grows with history. See README.md; `make bench` runs it."""
