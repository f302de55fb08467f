// SwasmText
