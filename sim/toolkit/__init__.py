"""What systems are made of: tables, draws, beats, availability, desks and teams."""
