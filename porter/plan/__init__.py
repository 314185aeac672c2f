"""Planning: what becomes of every blocking call, which edits that takes, and what is refused."""
