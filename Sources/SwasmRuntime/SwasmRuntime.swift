// SwasmRuntime
