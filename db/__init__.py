"""Everything that knows SQL: definitions, planner, storage, loading."""
