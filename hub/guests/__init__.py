"""Guests: who the house knows, as one site knows them. So far they come by import and are found by phone."""
