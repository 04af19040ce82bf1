"""The second transport: a Factur-X built from what the supplier confirmed, which Chorus Pro reads by itself."""
