// SwasmValidator
