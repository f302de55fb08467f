// SwasmDecoder
