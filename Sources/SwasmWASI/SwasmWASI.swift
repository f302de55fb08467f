// SwasmWASI
