"""What the test suite stands on: private servers, and guards that make it hostile to luck."""
