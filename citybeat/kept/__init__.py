"""What runs leave behind: their folders, who holds one, and the list of them."""
