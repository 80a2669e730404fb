"""The services of AOS, one per domain: accounts, activity."""
