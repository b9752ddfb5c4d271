"""Turns fields into questions and answers them through loaders. Knows neither HTTP nor the GraphQL types."""
