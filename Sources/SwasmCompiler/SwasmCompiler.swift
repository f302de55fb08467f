// SwasmCompiler
