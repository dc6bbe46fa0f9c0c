"""Cases of the alarm centre as a record tells them: every step by `alarm_id`, from cause to closure; for the report and for `tail`."""
