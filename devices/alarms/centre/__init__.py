"""The alarm centre: who calls, who answers, who is sent, and what becomes of every case."""
