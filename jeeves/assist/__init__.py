"""Pure decisions: thread state, alerts, schedules."""
