// SwasmSandbox
