"""Where bytes meet the core: each edge takes connections its own way and keeps one contract (`tests/realtime`)."""
