"""What `make run`, `make services`, `make test` and `make check` need on one machine; production uses none of it."""
