"""Organizations: accounts, units and policies that take effect."""
