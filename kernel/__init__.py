"""What every domain agrees on: errors, identifiers, time, principals, pages and money."""
