"""What all systems share: the calendar, districts, demand, incidents, links, and the city that holds them."""
