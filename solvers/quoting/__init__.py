"""Wait quotes: how long turns last in this house, what the line may expect of them, and whether promises were kept."""
