"""同期: joining, sending, receipts, and what waits for a decision."""
