"""How people see events: boards and alerts as code, publishing, the report."""
