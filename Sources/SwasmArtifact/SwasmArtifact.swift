public import SwasmModule
