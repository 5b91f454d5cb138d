"""Publishers that are killed, and judges of what they leave."""
