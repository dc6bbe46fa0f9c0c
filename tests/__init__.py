"""What citybeat promises, tried; folders mirror the house."""
