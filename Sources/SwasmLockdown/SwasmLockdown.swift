// SwasmLockdown
