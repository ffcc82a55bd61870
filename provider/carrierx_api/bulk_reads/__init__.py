"""Many reads with few calls: from pages of the account's list, where that is cheaper."""
