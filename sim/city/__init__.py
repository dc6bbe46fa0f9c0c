"""What all systems share: calendar, districts, people, demand, incidents, networks, and the city that holds them."""
