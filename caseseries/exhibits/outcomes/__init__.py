"""What was reached: outcomes at visits, organ function, other definitions, and published series."""
