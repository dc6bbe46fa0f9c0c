"""Burglar alarms (A1): panels, their zones and arming, what sets them off, and what burglars do."""
